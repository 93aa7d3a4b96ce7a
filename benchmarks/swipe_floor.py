"""The least that any door could do for a swipe: the same hop over a pty, and one durable insert of as many bytes.

It reads frames from a serial line and answers each on standard output with the time at which its row was committed.
"""

import gc
import os
import subprocess
import sys
import time
import tty
from pathlib import Path
from types import TracebackType

from benchmarks.badge_sender import BadgeSender
from doorctl.database import open_writer

_FRAME_END = b"\0"


class SwipeFloor:
    """The near end of that process."""

    def __init__(self, line: Path, database: Path, *, row_bytes: int, environment: dict[str, str]) -> None:
        """Start the process and wait until it listens."""
        self._line = line
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.swipe_floor", line, database, str(row_bytes)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        self._committed_at()

    def swipe(self, sender: BadgeSender, card: str) -> float:
        """Swipe a badge; return the seconds until its row was committed."""
        sent_at = sender.swipe(self._line, card)
        return self._committed_at() - sent_at

    def __enter__(self) -> "SwipeFloor":
        """Use it as long as the block runs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate()

    def _committed_at(self) -> float:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the floor's process has ended")
        return float(answer)


def main(line: str, database: str, row_bytes: str) -> None:
    """Insert a row for every frame that comes."""
    connection = open_writer(Path(database))
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB)")
    row = (os.urandom(int(row_bytes)),)
    descriptor = os.open(line, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(descriptor)
    gc.disable()
    _say(time.monotonic())
    received = b""
    while True:
        received += os.read(descriptor, 4096)
        if received.endswith(_FRAME_END):
            received = b""
            connection.execute("INSERT INTO rows (content) VALUES (?)", row)
            _say(time.monotonic())


def _say(at: float) -> None:
    sys.stdout.write(f"{at!r}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
