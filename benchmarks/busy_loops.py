"""Processes that compute as fast as they can, and stand still when they are told to."""

import signal
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

_FOR_EVER = "while True: pass"


class BusyLoops:
    """Some of them, standing still at first; scheduled as any program is."""

    def __init__(self, many: int) -> None:
        """Start them."""
        self._loops = [subprocess.Popen([sys.executable, "-S", "-c", _FOR_EVER]) for _ in range(many)]
        self.rest()

    @property
    def pids(self) -> list[int]:
        """Their ids."""
        return [loop.pid for loop in self._loops]

    def run(self) -> None:
        """Let them compute."""
        self._tell(signal.SIGCONT)

    def rest(self) -> None:
        """Let them stand still."""
        self._tell(signal.SIGSTOP)

    def _tell(self, number: signal.Signals) -> None:
        for loop in self._loops:
            loop.send_signal(number)

    def __enter__(self) -> Self:
        """Have them as long as the block runs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them."""
        for loop in self._loops:
            with suppress(ProcessLookupError):
                loop.kill()
            loop.wait()
