"""The host's end of the link at a chip's serial line, both in the chip's own time."""

import contextlib
from collections.abc import Callable, Mapping
from socket import socket

from firmware_bridge.bridge_messages import HostMessage, pack
from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.framing import encode_frame
from firmware_bridge.reader_events import CardRead, ReaderEvent, ReaderOnline
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.supervised_line import SupervisedInput
from tests.firmware_bridge.bridge_link import EventT, of_kind
from tests.mcu.chip import READ_SIZE, Chip, pulses

STEP_US = 5000
READERS = (ReaderOptions("front", formats=("raw",)), ReaderOptions("back", formats=("raw",)))
"""They take any bits of 16 to 128 for a card, and tell it by those: what arrives can be compared."""


class SteppedHost:
    """A host whose time is the chip's."""

    def __init__(self, chip: Chip, line: socket, *, inputs: Mapping[int, SupervisedInput] | None = None) -> None:
        self.chip = chip
        self.now = 0.0
        self.events: list[ReaderEvent] = []
        self._line = line
        self._protocol = BridgeProtocol(dict(enumerate(READERS)), session=7, inputs=inputs)
        self._protocol.opened(0.0)

    def run(self, ms: float) -> None:
        """Let time pass at both ends."""
        for _ in range(round(ms * 1000 / STEP_US)):
            self.chip.run(STEP_US)
            self.now += STEP_US / 1e6
            with contextlib.suppress(BlockingIOError):
                self.events += self._protocol.receive(self._line.recv(READ_SIZE), self.now)
            self.events += self._protocol.tick(self.now)
            self._line.sendall(self._protocol.data_to_send())

    def run_until(self, question: Callable[[], object], *, seconds: float = 10.0) -> None:
        """Let time pass until the question has a true answer."""
        end = self.now + seconds
        while not question():
            assert self.now < end, f"nothing after {seconds} s of the chip's time: {self.events[-5:]}"
            self.run(STEP_US / 1000)

    def join(self) -> None:
        """Wait until the chip has answered."""
        self.run_until(lambda: len(self.told(ReaderOnline)) == len(READERS))

    def show(self, *cards: tuple[int, str], width: float = 50, interval: float = 1000) -> None:
        """Send cards at readers side by side, and wait for their ends."""
        self.chip.play(*(pulses(reader, bits, width=width, interval=interval) for reader, bits in cards))
        self.run(max(len(bits) for _, bits in cards) * interval / 1000 + 60)

    def say(self, message: HostMessage, number: int) -> None:
        """Say what the door process does not say yet."""
        self._line.sendall(encode_frame(pack(message, number)))

    def cards(self, reader: int) -> list[str]:
        """The bits of all cards that came from a reader."""
        return [bits_of_raw(read.card) for read in self.told(CardRead) if read.reader == READERS[reader].name]

    def told(self, kind: type[EventT]) -> list[EventT]:
        """What was told of one kind."""
        return of_kind(self.events, kind)


def bits_of_raw(card: str) -> str:
    """Undo `raw_text`."""
    _, size, data = card.split(":")
    return f"{int(data, 16):0{4 * len(data)}b}"[: int(size)]
