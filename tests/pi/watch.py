"""Reads the pins of the emulated Pi from outside, all the time, and drives its inputs: a process of its own.

``python -m tests.pi.watch SOCKET FILE`` asks QEMU for the registers GPLEV0, GPFSEL0 to 2 and the Pi's own clock (CLO)
once a millisecond and writes a line for each change. Lines of standard input say what to drive: ``set MASK`` or
``clear MASK``.
"""

import os
import select
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

GPIO: Final = 0x3F200000
SELECT, SET, CLEAR, LEVEL = GPIO, GPIO + 0x1C, GPIO + 0x28, GPIO + 0x34
CLOCK: Final = 0x3F003004
PAUSE_SECONDS = 0.001
LATE_MICROSECONDS = 5000
ASKED = "".join(f"readl {address:#x}\n" for address in (LEVEL, SELECT, SELECT + 4, SELECT + 8, CLOCK)).encode()
REGISTERS = {"set": SET, "clear": CLEAR}
PINS = range(2, 28)


class Registers:
    """QEMU's test socket: reads and writes of the Pi's registers, without a pause of it."""

    def __init__(self, path: Path) -> None:
        """Connect."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r")

    def now(self) -> tuple[int, int, int]:
        """Return microseconds on the Pi's clock, the levels of its pins, and which are outputs, as masks."""
        self._socket.sendall(ASKED)
        level, *selects, clock = [int(self._answer(), 16) for _ in range(5)]
        return clock, level, sum(1 << pin for pin in PINS if selects[pin // 10] >> 3 * (pin % 10) & 7 == 1)

    def drive(self, word: str, mask: int) -> None:
        """Put wires of inputs to a level."""
        self._socket.sendall(f"writel {REGISTERS[word]:#x} {mask:#x}\n".encode())
        self._answer()

    def _answer(self) -> str:
        word, _, value = self._lines.readline().strip().partition(" ")
        if word != "OK":
            raise ConnectionError(f"QEMU said {word!r}")
        return value or "0"


def watch(registers: Registers, to: int) -> None:
    """Write down each change, with the clock of this look and of the look before; ends with standard input."""
    before, seen, looks, late, longest = 0, (-1, -1), 0, 0, 0
    while True:
        clock, *levels = registers.now()
        gap = clock - before if before else 0
        looks, late, longest = looks + 1, late + (gap > LATE_MICROSECONDS), max(longest, gap)
        if tuple(levels) != seen or looks % 100 == 0:
            os.write(to, f"{clock} {before} {levels[0]} {levels[1]} {looks} {late} {longest}\n".encode())
            seen = (levels[0], levels[1])
        before = clock
        if select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
            if not (line := sys.stdin.readline()):
                return
            word, mask = line.split()
            registers.drive(word, int(mask))


if __name__ == "__main__":
    target = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with suppress(ConnectionError, ValueError):  # the Pi's power was cut
        watch(Registers(Path(sys.argv[1])), target)
