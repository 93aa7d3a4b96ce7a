"""The Board contract on real pins, run by pytest inside of the emulated Pi; its wires are the Pi's own registers.

QEMU takes the level of an input from what is written to GPSET and GPCLR, so the rig feeds inputs by these.
"""

import ctypes
import mmap
import os
from collections.abc import Iterator, Mapping, Sequence

import pytest

from hardware.board import Board
from hardware.pins import Layout, StrikeState
from hardware.raspberry_pi import RaspberryPiBoard, _load_gpio
from tests.hardware.board_contract import BoardContract, Rig

GPIO, SET, CLEAR, LEVEL = 0x3F200000, 0x1C, 0x28, 0x34
PINS = range(2, 28)


class Registers:
    """The Pi's GPIO registers, by /dev/mem."""

    def __init__(self) -> None:
        memory = os.open("/dev/mem", os.O_RDWR | os.O_SYNC)
        self._page = mmap.mmap(memory, mmap.PAGESIZE, offset=GPIO)
        os.close(memory)

    def at(self, offset: int) -> ctypes.c_uint32:
        return ctypes.c_uint32.from_buffer(self._page, offset)

    def reset(self, *, latched: int) -> None:
        """Make inputs of all pins, with this left in the latches."""
        for pin in PINS:
            select = self.at(4 * (pin // 10))
            select.value &= ~(7 << 3 * (pin % 10))
            self.put(pin, latched)

    def put(self, pin: int, level: int) -> None:
        self.at(SET if level else CLEAR).value = 1 << pin

    def driven(self, pin: int) -> int | None:
        """Tell the level of an output, None of an input."""
        if self.at(4 * (pin // 10)).value >> 3 * (pin % 10) & 7 != 1:
            return None
        return self.at(LEVEL).value >> pin & 1


class NotedBoard:
    """A board; after each call that drives pins the registers are read."""

    def __init__(self, board: Board, rig: "RegisterRig") -> None:
        self._board = board
        self._rig = rig

    def open(self) -> None:
        self._board.open()
        self._rig.note()

    def drive(self, strike: str, state: StrikeState) -> None:
        self._board.drive(strike, state)
        self._rig.note()

    def show(self, indicator: str, on: bool) -> None:
        self._board.show(indicator, on)
        self._rig.note()

    def sample(self) -> Mapping[str, bool]:
        return self._board.sample()

    def filenos(self) -> Sequence[int]:
        return self._board.filenos()

    def serve(self) -> None:
        self._board.serve()

    def close(self) -> None:
        self._board.close()
        self._rig.note()


class RegisterRig:
    """The wires of the emulated Pi."""

    def __init__(self, *, latched: int) -> None:
        self._registers = Registers()
        self._registers.reset(latched=latched)
        self._driven: dict[int, list[int | None]] = {pin: [] for pin in PINS}

    def make(self, layout: Layout) -> Board:
        return NotedBoard(RaspberryPiBoard(layout), self)

    def note(self) -> None:
        """Write down each level that is another than before; an input counts once it was an output."""
        for pin, seen in self._driven.items():
            level = self._registers.driven(pin)
            if level != (seen[-1] if seen else None):
                seen.append(level)

    def driven(self, pin: int) -> list[int | None]:
        return list(self._driven[pin])

    def feed(self, pin: int, level: int) -> None:
        self._registers.put(pin, level)


class TestRaspberryPiBoardKeepsTheContractOnAPi(BoardContract):
    """Every rule of a board, on the library that is installed here."""

    @pytest.fixture(params=[0, 1], ids=["latched low before", "latched high before"])
    def rig(self, request: pytest.FixtureRequest) -> Iterator[Rig]:
        yield RegisterRig(latched=request.param)
        gpio = _load_gpio()
        gpio.setwarnings(False)  # a test that takes no pin leaves none
        gpio.cleanup(list(PINS))
        Registers().reset(latched=0)
