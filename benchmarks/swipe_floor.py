"""The least that any door could do for a swipe: the same hop over a pty, and one durable insert of as many bytes.

It reads frames from a serial line and answers each on standard output with the time at which its row was committed.
"""

import gc
import os
import sys
import time
import tty
from pathlib import Path

from benchmarks.badge_sender import BadgeSender
from benchmarks.far_end import FarEnd, say
from doorctl.database import open_writer

_FRAME_END = b"\0"


class SwipeFloor(FarEnd):
    """The near end of that process."""

    def __init__(self, line: Path, database: Path, *, row_bytes: int, environment: dict[str, str]) -> None:
        """Start the process and wait until it listens."""
        super().__init__("swipe_floor", line, database, row_bytes, environment=environment)
        self._line = line
        self.hear()

    def swipe(self, sender: BadgeSender, card: str) -> float:
        """Swipe a badge; return the seconds until its row was committed."""
        sent_at = sender.swipe(self._line, card)
        return float(self.hear()) - sent_at


def main(line: str, database: str, row_bytes: str) -> None:
    """Insert a row for every frame that comes."""
    connection = open_writer(Path(database))
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB)")
    row = (os.urandom(int(row_bytes)),)
    descriptor = os.open(line, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(descriptor)
    gc.disable()
    say("ready")
    received = b""
    while True:
        received += os.read(descriptor, 4096)
        if received.endswith(_FRAME_END):
            received = b""
            connection.execute("INSERT INTO rows (content) VALUES (?)", row)
            say(repr(time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
