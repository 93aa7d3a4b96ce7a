"""How fast a new file may grow: a little, then a flush of that little, then a pause in which a door may flush.

A flush waits for the one before it and for what others have left unwritten, so a file that is written at full speed
makes a swipe wait for seconds on a slow card. How much is a little follows the card: a flush of ours is to be over
within ``FLUSH_SECONDS``, for so long a swipe may wait for it. What counts is what the thread has written, by the
kernel's count: a database that grows by a page writes others anew. Without it the growth of the file is taken.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LEAST_STEP_BYTES = 16 * 1024
MOST_STEP_BYTES = 128 * 1024
"""How much may be written between two flushes; a commit writes what is left in SQLite's cache beyond that."""
FLUSH_SECONDS = 0.008
PAUSE_SECONDS = 0.02
RESERVE_BYTES = 32 * 1024 * 1024
"""What is left free for the records: a new policy must not take their place."""
LEAST_RESERVE_BYTES = 4 * 1024 * 1024
RESERVE_PER_CHUNK_BYTES = 512 * 1024
"""A small policy takes no room worth 32 megabytes: a disk that is nearly full must not keep a revoke away."""


_COUNTS = Path("/proc/thread-self/io")
_WCHAR, _ENOUGH_BYTES = 3, 128
"""Which of its words is the number of bytes that were written, and within how many bytes it stands."""


def reserve_for(chunks: int) -> int:
    """Return how many bytes a policy of so many chunks leaves free."""
    return min(RESERVE_BYTES, LEAST_RESERVE_BYTES + chunks * RESERVE_PER_CHUNK_BYTES)


class WritePace:
    """Watches one file; to be asked often while it is written, by the thread that writes it and has made this."""

    def __init__(
        self,
        path: Path,
        *,
        pause: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
        reserve_bytes: int = RESERVE_BYTES,
        counts: Path = _COUNTS,
    ) -> None:
        """Watch this file; ``pause`` waits so many seconds and answers whether to go on. Raises OSError.

        ``counts`` is where the kernel tells what a thread has written (proc_pid_io(5)).
        """
        self.why_stopped = ""
        self.step_bytes = LEAST_STEP_BYTES
        self._pause = pause
        self._clock = clock
        self._reserve_bytes = reserve_bytes
        self._descriptor = os.open(path, os.O_RDWR)
        self._counts = _opened(counts)
        self._flushed = self._written()

    def is_to_stop(self) -> bool:
        """Flush and pause when enough was written; answer whether to stop writing. Raises OSError."""
        if self._written() - self._flushed < self.step_bytes:
            return False
        return not self.rest()

    def rest(self) -> bool:
        """Flush what was written and pause; answer whether to go on. Raises OSError."""
        self._flush()
        disk = os.fstatvfs(self._descriptor)
        if disk.f_bavail * disk.f_frsize < self._reserve_bytes:
            self.why_stopped = "the disk is nearly full"
        elif not self._pause(PAUSE_SECONDS):
            self.why_stopped = "the keeper stops"
        return not self.why_stopped

    def close(self) -> None:
        """Let go of the file; SQLite's locks on it, if it has any in this process, go with it."""
        os.close(self._descriptor)
        if self._counts is not None:
            os.close(self._counts)

    def _written(self) -> int:
        """Return a number that grows with what is written."""
        if self._counts is None:
            return os.fstat(self._descriptor).st_size
        return int(os.pread(self._counts, _ENOUGH_BYTES, 0).split(None, _WCHAR + 1)[_WCHAR])

    def _flush(self) -> None:
        began_at = self._clock()
        os.fdatasync(self._descriptor)
        is_slow = self._clock() - began_at > FLUSH_SECONDS
        step = self.step_bytes // 2 if is_slow else self.step_bytes * 5 // 4
        self.step_bytes = min(max(step, LEAST_STEP_BYTES), MOST_STEP_BYTES)
        self._flushed = self._written()


def _opened(counts: Path) -> int | None:
    with suppress(OSError):
        return os.open(counts, os.O_RDONLY)
    return None
