"""The host's end of the link to our microcontroller: bytes in, reader events and bytes out.

Silent until the bridge answers our hello with our session; then online. A bridge that restarts, is silent for
`silence_seconds` or speaks another version is offline. Every numbered message is acknowledged and taken once; a
number that cannot be opens a new session. A burst older than `max_age_seconds` is a fault, never a card.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from firmware_bridge.bridge_messages import (
    FROM_BRIDGE,
    VERSION,
    BridgeAck,
    BridgeHeartbeat,
    BridgeHello,
    Burst,
    Buzz,
    HostAck,
    HostHeartbeat,
    HostHello,
    HostMessage,
    Inputs,
    Message,
    OtherVersion,
    Presence,
    ReadInputs,
    SetLed,
    SetStrike,
    Tamper,
    bits_of,
    channel_bits,
    is_damaged,
    is_sequenced,
    pack,
    readings_of,
    unpack,
)
from firmware_bridge.framing import FrameDecoder, FrameFault, encode_frame
from firmware_bridge.keypad import MOST_KEY_BITS
from firmware_bridge.line_watch import LineWatch
from firmware_bridge.link_sequence import Arrival, Inbox, Outbox
from firmware_bridge.reader_events import (
    FaultKind,
    LineChanged,
    LinesChanged,
    ReaderEvent,
    ReaderTamper,
    ReadFault,
    digest_of,
)
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.reader_states import UNHEARD, ReaderStates
from firmware_bridge.strike_outputs import StrikeOutputs
from firmware_bridge.supervised_line import SupervisedInput
from firmware_bridge.wiegand import Refused
from firmware_bridge.wiegand_reader import WiegandReader

LED_COLOURS: Mapping[Led, int] = {Led.OFF: 0, Led.RED: 1, Led.GREEN: 2, Led.AMBER: 3}
UNCONNECTED = "both data lines are low: the reader is not connected"
INPUTS_EVERY_MS = 50

_LAST_SESSION = 0xFFFFFFFF  # 0 says: no session
_PENDING_INDICATIONS = 16


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """The link's waits in seconds."""

    hello_seconds: float = 1.0
    resend_seconds: float = 0.2
    silence_seconds: float = 3.0
    max_age_seconds: float = 2.0


class BridgeProtocol:
    """One bridge and the Wiegand readers behind it, by number; implements ReaderProtocol."""

    def __init__(
        self,
        readers: Mapping[int, ReaderOptions],
        *,
        line: str = "bridge",
        session: int = 1,
        timing: LinkTiming | None = None,
        inputs: Mapping[int, SupervisedInput] | None = None,
        strikes: StrikeOutputs | None = None,
    ) -> None:
        self._readers = {number: WiegandReader(options) for number, options in readers.items()}
        self._numbers = {options.name: number for number, options in readers.items()}
        self._lines = LineWatch(inputs or {})
        self._strikes = strikes or StrikeOutputs()
        self._line = line
        self._timing = timing or LinkTiming()
        self._decoder = FrameDecoder()
        self._inbox = Inbox()
        self._outbox: Outbox[HostMessage] = Outbox(
            capacity=_PENDING_INDICATIONS, resend_seconds=self._timing.resend_seconds
        )
        self._output = bytearray()
        self._session = session
        self._joined: tuple[int, int] | None = None
        self._trouble: str | None = UNHEARD
        self._absent: set[int] = set()
        self._states = ReaderStates(self._numbers)
        self._now = 0.0
        self._heard_at = 0.0
        self._hello_at: float | None = None
        self._lost = 0
        self.counters: Counter[str] = Counter()

    @property
    def readers(self) -> tuple[str, ...]:
        """Name the readers on this line."""
        return tuple(self._numbers)

    def opened(self, now: float) -> list[ReaderEvent]:
        """Greet the bridge."""
        self._now = self._heard_at = now
        self._lines.begin(now)
        self._strikes.opened(now)
        self._greet()
        return []

    def closed(self, now: float, why: str) -> list[ReaderEvent]:
        """Take every reader offline; what was to be shown is dropped."""
        self._now = now
        self._hello_at = None
        self._decoder.reset()
        self._output.clear()
        return [*self._leave(why), *self._lines_changed(self._lines.lose(now))]

    def receive(self, data: bytes, now: float) -> list[ReaderEvent]:
        """Take bytes as they came, cut anywhere."""
        self._now = now
        events: list[ReaderEvent] = []
        for found in self._decoder.receive(data, now):
            events += self._frame_fault(found) if isinstance(found, FrameFault) else self._frame(found)
        return events

    def tick(self, now: float) -> list[ReaderEvent]:
        """Drop half frames, notice silence, say hello again."""
        self._now = now
        events = [event for fault in self._decoder.tick(now) for event in self._frame_fault(fault)]
        events += self._lines_changed(self._lines.tick(now))
        if self._hello_at is None:
            return events
        if now - self._heard_at > self._timing.silence_seconds and self._trouble in (None, UNHEARD):
            events += self._leave(f"no answer for {self._timing.silence_seconds:g} s")
        if self._trouble is not None and now - self._hello_at >= self._timing.hello_seconds:
            self._greet()
        return events

    def data_to_send(self) -> bytes:
        """Take what must be written to the line now."""
        if self._trouble is None:
            for message in self._strikes.due(self._now):
                self._outbox.overtake(message, voids=partial(_is_of_strike, message.strike))
        due = self._outbox.due(self._now) if self._trouble is None else None
        if due:
            if isinstance(due[1], SetStrike):
                self._send(HostHeartbeat())  # or a bridge that has just not heard us would secure it at once
            self._send(due[1], due[0])
        data = bytes(self._output)
        self._output.clear()
        return data

    def indicate(self, reader: str, indication: Indication) -> None:
        """Queue LED and buzzer commands; dropped where the bridge is offline or does not keep up."""
        number = self._numbers[reader]
        messages: list[HostMessage] = []
        if indication.led is not None:
            messages.append(SetLed(number, LED_COLOURS[indication.led], indication.led_ms))
        if indication.buzzer_ms:
            messages.append(Buzz(number, indication.buzzer_ms))
        for message in messages:
            if self._trouble is not None or not self._outbox.add(message):
                self.counters["dropped-indications"] += 1

    def _frame_fault(self, fault: FrameFault) -> list[ReaderEvent]:
        self.counters["dropped-bytes"] += fault.size
        return self._fault(self._line, fault.kind, fault.digest, f"{fault.size} bytes")

    def _frame(self, body: bytes) -> list[ReaderEvent]:
        self.counters["frames"] += 1
        message = unpack(body)
        if is_damaged(body, FROM_BRIDGE):
            return self._unreadable(body)  # not acknowledged: it comes again
        if is_sequenced(body[0]) and len(body) > 1:
            return self._numbered(message, body)
        if isinstance(message, BridgeAck):
            self._acknowledged(self._outbox.acknowledge(body[1]))
            return []
        handle = _HANDLERS.get(type(message))
        return handle(self, message) if handle else self._unreadable(body)

    def _acknowledged(self, message: HostMessage | None) -> None:
        if isinstance(message, SetStrike) and not self._outbox.holds(partial(_is_of_strike, message.strike)):
            self._strikes.confirm(message)

    def _other_version(self, hello: OtherVersion) -> list[ReaderEvent]:
        self._joined = None
        return self._leave(f"bridge speaks version {hello.version}, we {VERSION}: update the older")

    def _hello(self, hello: BridgeHello) -> list[ReaderEvent]:
        if hello.session != self._session:
            self._joined = None
            events = self._leave("the bridge restarted") if self._trouble is None else []
            self._greet()
            return events
        joined = (hello.boot, hello.session)
        if joined != self._joined:
            self._start_session(same_boot=self._joined is not None and self._joined[0] == hello.boot)
        self._joined = joined
        self._heard_at = self._now
        self._trouble = None
        return self._settle()

    def _start_session(self, *, same_boot: bool) -> None:
        self._inbox.restart()
        self._outbox.clear()
        self._absent.clear()
        self._strikes.lose(self._now)
        self._lost = self._lost if same_boot else 0
        if self._lines.channels:
            self._outbox.add(ReadInputs(channel_bits(self._lines.channels), INPUTS_EVERY_MS))

    def _inputs(self, inputs: Inputs) -> list[ReaderEvent]:
        """Take what the lines read; of a bridge that has not joined nothing counts."""
        if self._trouble is not None:
            return []
        return self._lines_changed(self._lines.take(readings_of(inputs), self._now))

    def _lines_changed(self, changes: tuple[LineChanged, ...]) -> list[ReaderEvent]:
        return [LinesChanged(self._line, self._now, changes)] if changes else []

    def _heartbeat(self, heartbeat: BridgeHeartbeat) -> list[ReaderEvent]:
        if self._trouble is not None:
            return []
        self._heard_at = self._now
        self._send(HostHeartbeat())
        lost, self._lost = heartbeat.lost - self._lost, heartbeat.lost
        if not lost:
            return []
        return self._fault(self._line, FaultKind.LOST, digest_of(b""), f"{lost} messages: the queue was full")

    def _numbered(self, message: Message | OtherVersion | None, body: bytes) -> list[ReaderEvent]:
        if self._trouble is not None:
            return []  # not acknowledged: it comes again once the session stands
        self._heard_at = self._now
        arrival = self._inbox.judge(body[1])
        if arrival is Arrival.WRONG:
            return self._new_session(body)
        self._send(HostAck(), body[1])
        if arrival is Arrival.REPEAT:
            self.counters["repeats"] += 1
            return []
        if not isinstance(message, Burst | Tamper | Presence):
            return self._unreadable(body)
        if message.reader not in self._readers:
            detail = f"no reader {message.reader} is configured"
            return self._fault(self._line, FaultKind.UNKNOWN_READER, digest_of(body[2:]), detail)
        return self._deliver(message)

    def _new_session(self, body: bytes) -> list[ReaderEvent]:
        """Make both ends count from 0 again: a number that cannot be means that they disagree."""
        self._session = self._session % _LAST_SESSION + 1
        self._joined = None
        kind, detail = FaultKind.OUT_OF_SEQUENCE, f"number {body[1]}"
        events = self._fault(self._line, kind, digest_of(body), detail)
        events += self._leave("the bridge lost count")
        self._greet()
        return events

    def _deliver(self, message: Burst | Tamper | Presence) -> list[ReaderEvent]:
        match message:
            case Tamper():
                return [ReaderTamper(self._readers[message.reader].name, self._now, active=bool(message.active))]
            case Presence():
                change = self._absent.discard if message.present else self._absent.add
                change(message.reader)
                return self._settle()
        return self._burst(message)

    def _burst(self, burst: Burst) -> list[ReaderEvent]:
        reader, bits = self._readers[burst.reader], bits_of(burst)
        read = self._stale(burst) or reader.read(bits, self._now, timing=burst.timing)
        if read is None:
            self.counters["held-cards"] += 1
            return []
        if isinstance(read, Refused):
            told = "" if len(bits) <= MOST_KEY_BITS else bits
            return self._fault(reader.name, read.kind, digest_of(told), f"{read.detail}; {burst.timing}")
        return [read]

    def _stale(self, burst: Burst) -> Refused | None:
        fresh = burst.age_ms <= self._timing.max_age_seconds * 1000
        return None if fresh else Refused(FaultKind.STALE, f"waited {burst.age_ms} ms in the bridge")

    def _unreadable(self, body: bytes) -> list[ReaderEvent]:
        ours = not body[0] & FROM_BRIDGE
        detail = "our own message came back: RX and TX are joined" if ours else f"code {body[0]:#04x}"
        return self._fault(self._line, FaultKind.BAD_FRAME, digest_of(body), detail)

    def _fault(self, reader: str, kind: FaultKind, digest: str, detail: str) -> list[ReaderEvent]:
        self.counters[kind] += 1
        return [ReadFault(reader, self._now, kind, digest, detail)]

    def _leave(self, why: str) -> list[ReaderEvent]:
        self._outbox.drop_late()
        self._strikes.lose(self._now)
        self._trouble = why
        return self._settle()

    def _settle(self) -> list[ReaderEvent]:
        events: list[ReaderEvent] = []
        for number, reader in self._readers.items():
            trouble = self._trouble or (UNCONNECTED if number in self._absent else None)
            events += self._states.report(reader.name, trouble, self._now)
        return events

    def _greet(self) -> None:
        self._hello_at = self._now
        self._send(HostHello(VERSION, self._session))

    def _send(self, message: HostMessage, sequence: int = 0) -> None:
        self._output += encode_frame(pack(message, sequence))


def _is_of_strike(number: int, message: HostMessage) -> bool:
    return isinstance(message, SetStrike) and message.strike == number


_HANDLERS: Mapping[type, Callable[..., list[ReaderEvent]]] = {
    BridgeHello: BridgeProtocol._hello,
    BridgeHeartbeat: BridgeProtocol._heartbeat,
    Inputs: BridgeProtocol._inputs,
    OtherVersion: BridgeProtocol._other_version,
}
