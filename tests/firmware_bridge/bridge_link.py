"""Both ends of the bridge's link in one place, joined by a line that can spoil bytes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from firmware_bridge.bridge_messages import BridgeHello, Buzz, Message, SetLed, SetStrike, pack
from firmware_bridge.bridge_protocol import BridgeProtocol, LinkTiming
from firmware_bridge.device_protocol import DeviceProtocol
from firmware_bridge.framing import encode_frame
from firmware_bridge.reader_events import CardRead, FaultKind, PulseTiming, ReaderEvent, ReadFault
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.wiegand import encode

Spoil = Callable[[bytes], bytes]
FRONT, BACK = ReaderOptions("front"), ReaderOptions("back", formats=("H10301", "H10302"), keypad=True)
SESSION = 7
ADA = encode("H10301", facility_code=123, card_number=4567)
ADA_READ = CardRead("front", "H10301:123:4567", 1.0, PulseTiming())
EventT = TypeVar("EventT")


def framed(message: Message, sequence: int = 0) -> bytes:
    return encode_frame(pack(message, sequence))


def hello(*, version: int = 1, boot: int = 1, session: int = SESSION) -> bytes:
    return framed(BridgeHello(version, boot, session, readers=4))


def faults(events: list[ReaderEvent]) -> list[FaultKind]:
    return [fault.kind for fault in of_kind(events, ReadFault)]


def a_host(*, session: int = SESSION, timing: LinkTiming | None = None) -> BridgeProtocol:
    host = BridgeProtocol({0: FRONT, 1: BACK}, line="lobby", session=session, timing=timing)
    host.opened(0.0)
    return host


def a_joined_host(timing: LinkTiming | None = None) -> BridgeProtocol:
    host = a_host(timing=timing)
    host.receive(framed(BridgeHello(1, boot=1, session=SESSION, readers=4)), 0.0)
    host.data_to_send()
    return host


class DeviceEnd(Protocol):
    """A bridge's end of the link."""

    def receive(self, data: bytes, now: float) -> Sequence[SetLed | Buzz | SetStrike]: ...
    def tick(self, now: float) -> None: ...
    def data_to_send(self, now: float) -> bytes: ...
    def burst(self, reader: int, bits: str, now: float) -> None: ...
    def tamper(self, reader: int, *, active: bool) -> None: ...


DeviceT = TypeVar("DeviceT", bound=DeviceEnd)


class Link(Generic[DeviceT]):
    """A host and a device, and what arrived at each."""

    def __init__(self, host: BridgeProtocol, device: DeviceT) -> None:
        self.host = host
        self.device = device
        self.events: list[ReaderEvent] = []
        self.shown: list[SetLed | Buzz | SetStrike] = []
        self.now = 0.0

    def turn(self, seconds: float = 0.05, to_host: Spoil = bytes, to_device: Spoil = bytes) -> None:
        """Let time pass and both ends speak once."""
        self.now += seconds
        self.device.tick(self.now)
        self.events += self.host.receive(to_host(self.device.data_to_send(self.now)), self.now)
        self.events += self.host.tick(self.now)
        self.shown += self.device.receive(to_device(self.host.data_to_send()), self.now)

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.turn()

    def take_events(self) -> list[ReaderEvent]:
        events, self.events = self.events, []
        return events


def a_link(host: BridgeProtocol | None = None) -> Link[DeviceProtocol]:
    return a_link_to(DeviceProtocol(boot=1), host)


def a_link_to(device: DeviceT, host: BridgeProtocol | None = None) -> Link[DeviceT]:
    link = Link(host or a_host(), device)
    link.turns(3)
    link.take_events()
    return link


def of_kind(events: Iterable[object], kind: type[EventT]) -> list[EventT]:
    return [event for event in events if isinstance(event, kind)]
