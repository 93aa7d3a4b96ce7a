"""How fast a new file may grow: a little, then a flush of that little, then a pause in which a door may flush.

A flush waits for the one before it and for what others have left unwritten, so a file that is written at full speed
makes a swipe wait for seconds on a slow card. How much is a little follows the card: a flush of ours is to be over
within ``FLUSH_SECONDS``, for so long a swipe may wait for it.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

LEAST_STEP_BYTES = 16 * 1024
MOST_STEP_BYTES = 128 * 1024
"""How much a file may grow between two flushes. Some pages more are dirty: those that are written again."""
FLUSH_SECONDS = 0.008
PAUSE_SECONDS = 0.02
RESERVE_BYTES = 32 * 1024 * 1024
"""What is left free for the records: a new policy must not take their place."""
LEAST_RESERVE_BYTES = 4 * 1024 * 1024
RESERVE_PER_CHUNK_BYTES = 512 * 1024
"""A small policy takes no room worth 32 megabytes: a disk that is nearly full must not keep a revoke away."""


def reserve_for(chunks: int) -> int:
    """Return how many bytes a policy of so many chunks leaves free."""
    return min(RESERVE_BYTES, LEAST_RESERVE_BYTES + chunks * RESERVE_PER_CHUNK_BYTES)


class WritePace:
    """Watches one file; to be asked often while it is written."""

    def __init__(
        self,
        path: Path,
        *,
        pause: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        """Watch this file; ``pause`` waits so many seconds and answers whether to go on. Raises OSError."""
        self.why_stopped = ""
        self.step_bytes = LEAST_STEP_BYTES
        self._pause = pause
        self._clock = clock
        self._reserve_bytes = reserve_bytes
        self._descriptor = os.open(path, os.O_RDWR)
        self._size = os.fstat(self._descriptor).st_size

    def is_to_stop(self) -> bool:
        """Flush and pause when the file has grown enough; answer whether to stop writing. Raises OSError."""
        if os.fstat(self._descriptor).st_size - self._size < self.step_bytes:
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

    def _flush(self) -> None:
        began_at = self._clock()
        os.fdatasync(self._descriptor)
        is_slow = self._clock() - began_at > FLUSH_SECONDS
        step = self.step_bytes // 2 if is_slow else self.step_bytes * 5 // 4
        self.step_bytes = min(max(step, LEAST_STEP_BYTES), MOST_STEP_BYTES)
        self._size = os.fstat(self._descriptor).st_size
