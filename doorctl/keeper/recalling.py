"""How a keeper helps a hub that has lost its newest changes: it says them again, in the hub's own notes.

1. It begins after a random part of ``SPREAD_SECONDS``, so that not all controllers speak at once.
2. It says ``WINDOW`` notes at a time, with ``PAUSE_SECONDS`` between.
3. A hub that has got further says so by another recall; what it has by then is not said.
4. The same recall played again begins nothing before ``REPEAT_SECONDS`` are over.
"""

import math
from collections.abc import Callable

from doorctl.keeper.kept_notes import KeptNotes
from doorctl.wire.messages import Recall

SPREAD_SECONDS = 2.0
WINDOW = 8
PAUSE_SECONDS = 1.0
REPEAT_SECONDS = 10.0


class Recalling:
    """Answers recalls from what is kept; time and chance come in."""

    def __init__(self, kept: KeptNotes, *, chance: Callable[[], float]) -> None:
        """Begin with nothing to say; ``chance`` gives numbers in [0, 1)."""
        self._kept = kept
        self._chance = chance
        self._at = math.inf
        self._epoch = 0
        self._said = 0
        self._last: Recall | None = None
        self._last_at = -math.inf

    def take(self, recall: Recall, now: float) -> None:
        """Begin to say what the hub has lost, or go on where it is."""
        is_repeat = recall == self._last and now - self._last_at < REPEAT_SECONDS
        if is_repeat:
            return
        self._last, self._last_at = recall, now
        self._epoch, self._said = recall.epoch, recall.revision
        self._at = min(self._at, now + self._chance() * SPREAD_SECONDS)

    def disconnected(self) -> None:
        """No broker is there: nobody hears us."""
        self._at, self._last = math.inf, None

    def tick(self, now: float) -> list[bytes]:
        """Return the notes to say now."""
        if now < self._at:
            return []
        notes = self._kept.after(self._epoch, self._said, most=WINDOW)
        self._at = now + PAUSE_SECONDS if notes else math.inf
        self._said = notes[-1][0] if notes else self._said
        return [note for _, note in notes]
