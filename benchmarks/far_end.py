"""A process of a benchmark beside the one that measures: it is told lines, and says lines."""

import os
import select
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Self


class FarEnd:
    """The near end of ``python -m benchmarks.MODULE``."""

    def __init__(
        self,
        module: str,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        log: IO[bytes] | None = None,
    ) -> None:
        """Start the process; ``log`` gets what it complains of."""
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            bufsize=1,
            env=os.environ | (environment or {}),
        )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Tell it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def hear(self) -> str:
        """Wait for the next line that it says. Raises RuntimeError when it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"benchmarks.{self._module} has ended")
        return line.rstrip("\n")

    def has_news(self) -> bool:
        """Tell whether it has said something, or has ended."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def finish(self) -> None:
        """Tell it no more, and wait until it has ended by itself. Raises RuntimeError when it has failed."""
        self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"benchmarks.{self._module} has failed")

    def __enter__(self) -> Self:
        """Use it as long as the block runs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate()


def say(line: str) -> None:
    """Say a line to whoever started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
