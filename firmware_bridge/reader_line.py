"""A serial port and a reader protocol as one thing that a loop can drive without ever waiting."""

from collections.abc import Mapping

from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_config import make_protocol
from firmware_bridge.reader_events import ReaderEvent
from firmware_bridge.reader_options import ReaderSpec
from firmware_bridge.reader_protocol import Indication, ReaderProtocol
from firmware_bridge.serial_port import PortLost, SerialPort
from firmware_bridge.strike_outputs import StrikeOutputs

OUTPUT_LIMIT = 4096


class ReaderLine:
    """Call `receive` when `fileno` is readable and `tick` every 10 to 100 ms."""

    def __init__(
        self, name: str, port: SerialPort, protocol: ReaderProtocol, strikes: StrikeOutputs | None = None
    ) -> None:
        self.name = name
        self._port = port
        self._protocol = protocol
        self._strikes = strikes or StrikeOutputs()
        self._untold: list[ReaderEvent] = []
        self._output = bytearray()
        self._dropped_output = 0
        self._was_told = False  # a port that never opened is told once; a lost one was told when lost

    @property
    def readers(self) -> tuple[str, ...]:
        """Name the readers on this line."""
        return self._protocol.readers

    @property
    def counters(self) -> Mapping[str, int]:
        """Count what the protocol counts, and output bytes that could not be written."""
        return {**self._protocol.counters, "dropped-output-bytes": self._dropped_output}

    @property
    def osdp(self) -> OsdpProtocol | None:
        """The protocol of a line with OSDP readers, which can be paired."""
        return self._protocol if isinstance(self._protocol, OsdpProtocol) else None

    def fileno(self) -> int | None:
        """Answer the descriptor to wait for, None while the port is closed."""
        return self._port.fileno()

    def receive(self, now: float) -> list[ReaderEvent]:
        """Take what has arrived, at most one read, and answer it."""
        if self._port.fileno() is None:
            return []
        try:
            events = self._protocol.receive(self._port.read(), now)
        except PortLost as lost:
            return self._protocol.closed(now, str(lost))
        return events + self._flush(now)

    def tick(self, now: float) -> list[ReaderEvent]:
        """Open a closed port when it is time, let the protocol's time pass, write what waits."""
        untold, self._untold = self._untold, []
        if self._port.fileno() is None:
            return untold + self._reopen(now)
        return untold + self._protocol.tick(now) + self._flush(now)

    def indicate(self, reader: str, indication: Indication) -> None:
        """Show something at a reader; it leaves with the next `receive` or `tick`."""
        self._protocol.indicate(reader, indication)

    def drive_strike(self, number: int, *, released: bool, now: float) -> None:
        """Have the bridge release or secure a strike; it is told at once, or as soon as it is heard."""
        self._strikes.drive(number, released=released, now=now)
        if self._port.fileno() is not None:
            self._untold += self._flush(now)

    def doubtful_strikes(self, now: float) -> frozenset[int]:
        """Name the strikes of which nobody knows whether they are what they are to be."""
        return self._strikes.doubtful(now)

    @property
    def awaits_strikes(self) -> bool:
        """Whether the port is open and the bridge has not confirmed of every strike what it is to be."""
        return self._port.fileno() is not None and not self._strikes.are_confirmed

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _reopen(self, now: float) -> list[ReaderEvent]:
        self._output.clear()
        if self._port.open(now):
            self._was_told = True
            return self._protocol.opened(now) + self._flush(now)
        if self._was_told:
            return self._protocol.tick(now)
        self._was_told = True
        return self._protocol.closed(now, self._port.trouble)

    def _flush(self, now: float) -> list[ReaderEvent]:
        self._output += self._protocol.data_to_send()
        if not self._output:
            return []
        try:
            written = self._port.write(bytes(self._output))
        except PortLost as lost:
            self._output.clear()
            return self._protocol.closed(now, str(lost))
        del self._output[:written]
        if len(self._output) > OUTPUT_LIMIT:
            self._dropped_output += len(self._output)
            self._output.clear()
        return []


def open_line(spec: ReaderSpec, keys: Mapping[str, bytes] | None = None) -> ReaderLine:
    """Build the line that a configuration describes, with the keys of its OSDP readers; the first `tick` opens it."""
    strikes = StrikeOutputs(spec.strikes)
    protocol = make_protocol(spec, keys=keys, strikes=strikes)
    return ReaderLine(spec.name, SerialPort(spec.path, spec.line_baud), protocol, strikes)
