"""The numbers of what a keeper says of itself: each higher than all before, so that nothing old passes for new.

1. They are milliseconds of the wall clock, or one more than the number before, whichever is higher: so they rise
   after a clock that was set back, and where the file was lost.
2. The file holds a number that none has reached yet; it is written before one does, about once an hour.
3. A file that cannot be written holds up no word: until a restart the numbers rise all the same.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from doorctl.durable import replace_file
from doorctl.journal import Level, say

AHEAD_BY_CLOCK = 3_600_000
"""An hour of milliseconds: so rarely is the file written."""
AHEAD_BY_COUNT = 1000
"""So far a number is ahead of a clock that is behind: each restart takes as many."""
_MOST = 2**53


class WordCounter:
    """Gives numbers that only rise, across restarts, too."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        """Begin beyond whatever was given before."""
        self._path = path
        self._clock = clock
        self._last = self._stored = _load(path)

    def next(self) -> int:
        """Return the next number."""
        now = int(self._clock().timestamp() * 1000)
        self._last = min(max(now, self._last + 1), _MOST)
        if self._last >= self._stored:
            self._reserve(max(now + AHEAD_BY_CLOCK, self._last + AHEAD_BY_COUNT))
        return self._last

    def _reserve(self, limit: int) -> None:
        self._stored = limit
        try:
            replace_file(self._path, f"{limit}\n".encode())
        except OSError as error:
            say("word_counter_not_stored", Level.WARNING, file=self._path, why=error)


def _load(path: Path) -> int:
    try:
        return min(int(path.read_text()), _MOST)
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        say("word_counter_unreadable", Level.WARNING, file=path, why=error)
        return 0
