"""The microcontroller's end of the link, in Python: for simulated readers and for tests of both ends.

It says hello until a host answers, then a heartbeat each second. A new session of the host starts both
counts at 0 and sends what is not normal (tampered, not connected) again. What it reads at its
analog inputs (`readings`) it tells a host that has asked for it in this session. A strike is released for no longer
than it was asked, never beyond its own limit, and not without the host's heartbeat.
"""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.bridge_messages import (
    VERSION,
    BridgeAck,
    BridgeHeartbeat,
    BridgeHello,
    BridgeMessage,
    Buzz,
    HostAck,
    HostHeartbeat,
    HostHello,
    Message,
    OtherVersion,
    Presence,
    ReadInputs,
    SetLed,
    SetStrike,
    Tamper,
    burst_of,
    channels_in,
    inputs_of,
    is_damaged,
    is_sequenced,
    pack,
    unpack,
)
from firmware_bridge.framing import FrameDecoder, encode_frame
from firmware_bridge.link_sequence import Arrival, Inbox, Outbox
from firmware_bridge.reader_events import PulseTiming

_HOST = 0
_QUEUE = 8
_MOST_LOST = _MOST_AGE = 0xFFFF
_LEAST_INPUTS_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class DeviceTiming:
    """The device's waits in seconds."""

    hello_seconds: float = 1.0
    heartbeat_seconds: float = 1.0
    resend_seconds: float = 0.2
    most_release_seconds: float = 30.0
    host_gone_seconds: float = 3.0


class DeviceProtocol:
    """One microcontroller with its readers; `boot` is another number after each start."""

    def __init__(self, *, boot: int, readers: int = 4, timing: DeviceTiming | None = None) -> None:
        self._boot = boot
        self._readers = readers
        self._timing = timing or DeviceTiming()
        self._decoder = FrameDecoder()
        self._inbox = Inbox()
        self._outbox: Outbox[Callable[[float], BridgeMessage]] = Outbox(
            capacity=_QUEUE, resend_seconds=self._timing.resend_seconds
        )
        self._output = bytearray()
        self._session = 0
        self._spoke_at: float | None = None
        self._not_normal: dict[tuple[type[Message], int], BridgeMessage] = {}
        self._asked: ReadInputs | None = None
        self._read_at = 0.0
        self._now = self._host_at = 0.0
        self._released_until: dict[int, float] = {}
        self.readings: dict[int, float] = {}
        self.lost = 0
        self.secured_itself = 0

    @property
    def has_host(self) -> bool:
        """Say whether a host opened a session."""
        return self._session != 0

    def receive(self, data: bytes, now: float) -> list[SetLed | Buzz]:
        """Take bytes of the host; answers with what to show."""
        self._now = now
        shown: list[SetLed | Buzz] = []
        for body in self._decoder.receive(data, now):
            if isinstance(body, bytes):
                shown += self._frame(body)
        return shown

    def is_released(self, strike: int, now: float) -> bool:
        """Tell whether a strike is released now; one that was secured stays so until it is set again."""
        self._secure_without_host(now)
        return now < self._released_until.get(strike, now)

    def tick(self, now: float) -> None:
        """Say hello or send a heartbeat when it is time."""
        self._now = now
        self._secure_without_host(now)
        self._decoder.tick(now)
        self._tell_inputs(now)
        wait = self._timing.heartbeat_seconds if self.has_host else self._timing.hello_seconds
        if self._spoke_at is not None and now - self._spoke_at < wait:
            return
        self._spoke_at = now
        self._send(BridgeHeartbeat(self.lost) if self.has_host else self._greeting())

    def data_to_send(self, now: float) -> bytes:
        """Take what must be written to the line now."""
        due = self._outbox.due(now) if self.has_host else None
        if due:
            self._send(due[1](now), due[0])
        data = bytes(self._output)
        self._output.clear()
        return data

    def burst(self, reader: int, bits: str, now: float, timing: PulseTiming | None = None) -> None:
        """Queue Wiegand bits whose last one came now."""

        def aged(sent_at: float) -> BridgeMessage:
            age_ms = min(max(round((sent_at - now) * 1000), 0), _MOST_AGE)
            return burst_of(reader, bits, age_ms=age_ms, timing=timing)

        self._queue(aged)

    def tamper(self, reader: int, *, active: bool) -> None:
        """Report a tamper contact."""
        self._report(Tamper(reader, int(active)), normal=not active)

    def presence(self, reader: int, *, present: bool) -> None:
        """Report whether a reader is connected."""
        self._report(Presence(reader, int(present)), normal=present)

    def _secure_without_host(self, now: float) -> None:
        if now - self._host_at >= self._timing.host_gone_seconds:
            self.secured_itself += any(now < until for until in self._released_until.values())
            self._released_until.clear()

    def _tell_inputs(self, now: float) -> None:
        """Say what is read at the channels that the host asked for and that are there, if it is time."""
        asked = self._asked
        if asked is None or now - self._read_at < max(asked.milliseconds / 1000, _LEAST_INPUTS_SECONDS):
            return
        self._read_at = now
        wanted = {
            channel: self.readings[channel] for channel in channels_in(asked.channels) if channel in self.readings
        }
        if wanted:
            self._send(inputs_of(wanted))

    def _report(self, message: Tamper | Presence, *, normal: bool) -> None:
        key = (type(message), message.reader)
        self._not_normal.pop(key, None)
        if not normal:
            self._not_normal[key] = message
        self._queue(_unchanging(message))

    def _queue(self, make: Callable[[float], BridgeMessage]) -> None:
        if not self._outbox.add(make):
            self.lost = min(self.lost + 1, _MOST_LOST)

    def _frame(self, body: bytes) -> list[SetLed | Buzz]:
        message = unpack(body)
        if is_damaged(body, _HOST):
            return []
        if is_sequenced(body[0]) and len(body) > 1:
            return self._numbered(message, body[1])
        if isinstance(message, HostHello | OtherVersion):
            self._hello(message)
        elif isinstance(message, HostHeartbeat):
            self._secure_without_host(self._now)
            self._host_at = self._now
        elif isinstance(message, HostAck):
            self._outbox.acknowledge(body[1])
        return []

    def _hello(self, hello: HostHello | OtherVersion) -> None:
        """Answer always; another version's host sees ours in the answer."""
        if isinstance(hello, HostHello) and hello.session != self._session:
            self._session, self._host_at = hello.session, self._now
            self._inbox.restart()
            self._outbox.restart()
            self._asked = None
            for message in self._not_normal.values():
                self._queue(_unchanging(message))
        self._send(self._greeting())

    def _numbered(self, message: Message | OtherVersion | None, sequence: int) -> list[SetLed | Buzz]:
        if not self.has_host:
            self._send(self._greeting())
            return []
        arrival = self._inbox.judge(sequence)
        if arrival is Arrival.WRONG:
            self._session = 0  # ask the host for a new start
            self._released_until.clear()
            self._send(self._greeting())
            return []
        self._send(BridgeAck(), sequence)
        if isinstance(message, ReadInputs) and arrival is Arrival.NEW:
            self._asked = message
        if isinstance(message, SetStrike) and arrival is Arrival.NEW:
            seconds = min(message.milliseconds / 1000, self._timing.most_release_seconds)
            self._released_until[message.strike] = self._now + seconds
        return [message] if isinstance(message, SetLed | Buzz) and arrival is Arrival.NEW else []

    def _greeting(self) -> BridgeHello:
        return BridgeHello(VERSION, self._boot, self._session, self._readers)

    def _send(self, message: BridgeMessage, sequence: int = 0) -> None:
        self._output += encode_frame(pack(message, sequence))


def _unchanging(message: BridgeMessage) -> Callable[[float], BridgeMessage]:
    return lambda _: message
