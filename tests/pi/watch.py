"""Reads the pins of the emulated Pi from outside, all the time, and drives its inputs: a process of its own.

``python -m tests.pi.watch SOCKET FILE`` asks QEMU for the registers GPLEV0, GPFSEL0 to 2 and the Pi's own clock (CLO)
once a millisecond and writes a line for each change. Between two looks nothing is missed: QEMU tells of each change
of a driven pin as it is made (``irq_intercept_out``), in order with its answers; when, is known from the looks. Lines
of standard input say what to drive: ``set MASK`` or ``clear MASK``.
"""

import os
import select
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GPIO: Final = 0x3F200000
SELECT, SET, CLEAR, LEVEL = GPIO, GPIO + 0x1C, GPIO + 0x28, GPIO + 0x34
CLOCK: Final = 0x3F003004
PAUSE_SECONDS = 0.001
LATE = 5000
"""In microseconds."""
ASKED = "".join(f"readl {address:#x}\n" for address in (LEVEL, SELECT, SELECT + 4, SELECT + 8, CLOCK)).encode()
REGISTERS = {"set": SET, "clear": CLEAR}
PINS_OF_QEMU: Final = "/machine/soc/peripherals/gpio"
PINS = range(2, 28)


class Registers:
    """QEMU's test socket: reads and writes of the Pi's registers, without a pause of it."""

    def __init__(self, path: Path) -> None:
        """Connect, and ask to be told of changes."""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self._lines = self.socket.makefile("r")
        self._told: list[tuple[int, int]] = []
        self.socket.sendall(f"irq_intercept_out {PINS_OF_QEMU}\n".encode())
        self._answer()

    def now(self) -> tuple[int, int, int]:
        """Return microseconds on the Pi's clock, the levels of its pins, and which are outputs, all of one moment."""
        self.socket.sendall(ASKED)
        level, *selects, clock = [int(self._answer(), 16) for _ in range(5)]
        return clock, level, sum(1 << pin for pin in PINS if selects[pin // 10] >> 3 * (pin % 10) & 7 == 1)

    def told(self) -> list[tuple[int, int]]:
        """Return what QEMU has told before its last answer: pins and their levels."""
        told, self._told = self._told, []
        return told

    def drive(self, word: str, mask: int) -> None:
        """Put wires of inputs to a level."""
        self.socket.sendall(f"writel {REGISTERS[word]:#x} {mask:#x}\n".encode())
        self._answer()

    def _answer(self) -> str:
        word, _, value = self._lines.readline().strip().partition(" ")
        while word == "IRQ":
            does, _, pin = value.partition(" ")
            self._told.append((int(pin), int(does == "raise")))
            word, _, value = self._lines.readline().strip().partition(" ")
        if word != "OK":
            raise ConnectionError(f"QEMU said {word!r}")
        return value or "0"


@dataclass
class Look:
    """How the pins were when they were looked at last, and what the looks have been like."""

    clock: int = 0
    levels: int = -1
    outputs: int = -1
    looks: int = 0
    late: int = 0
    longest: int = 0
    told: int = 0
    """Changes that QEMU has told of."""

    def rows(self, clock: int, levels: int, outputs: int, told: Iterable[tuple[int, int]]) -> Iterator[str]:
        """Take the next look: yield a line for each change since, and one for each hundredth look."""
        gap = clock - self.clock if self.clock else 0
        self.looks, self.late, self.longest = self.looks + 1, self.late + (gap > LATE), max(self.longest, gap)
        for pin, level in told:
            self.told += 1
            self.levels, self.outputs = self.levels & ~(1 << pin) | level << pin, self.outputs | 1 << pin
            yield self._row(clock)
        if (levels, outputs) != (self.levels, self.outputs) or self.looks % 100 == 0:
            self.levels, self.outputs = levels, outputs
            yield self._row(clock)
        self.clock = clock

    def _row(self, at: int) -> str:
        seen = (at, self.clock, self.levels, self.outputs, self.looks, self.late, self.longest, self.told)
        return " ".join(map(str, seen)) + "\n"


def watch(registers: Registers, to: int) -> None:
    """Write down each change, with the clock of this look and of the look before; ends with standard input."""
    look = Look()
    while True:
        rows = "".join(look.rows(*registers.now(), registers.told()))
        if rows:
            os.write(to, rows.encode())
        if sys.stdin in select.select([sys.stdin, registers.socket], [], [], PAUSE_SECONDS)[0]:
            if not (line := sys.stdin.readline()):
                return
            word, mask = line.split()
            registers.drive(word, int(mask))


if __name__ == "__main__":
    target = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with suppress(ConnectionError, ValueError):  # the Pi's power was cut
        watch(Registers(Path(sys.argv[1])), target)
