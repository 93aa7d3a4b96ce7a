"""Which chunks of a snapshot to ask for, and in which order they are written.

1. Chunks are handed on in their order, whatever order they come in; what is not wanted now is not kept.
2. So many are asked for at once as a few packets carry, the next as soon as those have come and most are written.
3. Unanswered, the first that is missing is asked for again, after a pause that doubles.
4. Whether the snapshot is still to be had is the hub's to say: it offers the same again, or a newer one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from doorctl.errors import Refused
from doorctl.wire.messages import Chunk, Offer

WINDOW = 16
"""Chunks of one question: a megabyte."""
AHEAD = 32
"""Chunks that may wait to be written: two megabytes of memory."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an ``Ask`` says of a snapshot: its id, and how many chunks from which on."""

    snapshot: str
    chunk: int = 0
    chunks: int = 0


class Collecting:
    """Follows one snapshot from its offer to its last chunk; time and chance come in."""

    def __init__(self, offer: Offer, *, first: int, now: float, chance: Callable[[], float] = lambda: 0.0) -> None:
        """Begin with chunk ``first``: those before are written; ``chance`` gives numbers in [0, 1)."""
        self.offer = offer
        self._chance = chance
        self._written = first
        self._next = first
        self._asked = first
        self._waiting: dict[int, bytes] = {}
        self._pause = FIRST_PAUSE_SECONDS
        self._repeat_at = now

    @property
    def is_complete(self) -> bool:
        """Whether every chunk was handed on."""
        return self._next == self.offer.chunks

    def take(self, chunk: Chunk, data: bytes, now: float) -> list[tuple[int, bytes]]:
        """Take a chunk that the hub has signed, with its data; return what can be written now, in order.

        Raises Refused: ``unknown-snapshot`` (not the one we collect), ``bad-chunk`` (other data than was signed for,
        or a number beyond the last) or ``repeat`` (we have it, or want it later).
        """
        if chunk.snapshot != self.offer.snapshot:
            raise Refused("unknown-snapshot", "another snapshot is being collected")
        if chunk.number >= self.offer.chunks or hashlib.sha256(data).hexdigest() != chunk.sha256:
            raise Refused("bad-chunk", f"chunk {chunk.number} is not the one that was signed for")
        if not self._next <= chunk.number < self._limit or chunk.number in self._waiting:
            raise Refused("repeat", f"chunk {chunk.number} is not wanted now")
        self._waiting[chunk.number] = data
        self._pause = FIRST_PAUSE_SECONDS
        self._wait(now)
        return self._in_order()

    def written(self, count: int) -> None:
        """The chunks before this number are written."""
        self._written = max(self._written, count)

    def connected(self, now: float) -> None:
        """A broker is there: ask at once."""
        self._pause, self._repeat_at = FIRST_PAUSE_SECONDS, now

    def wanted(self, now: float) -> Wanted | None:
        """Return what is to be asked for now, if it is time to."""
        if self.is_complete:
            return None
        if self._next < self._asked:
            return self._ask(self._asked, now) if now >= self._repeat_at else None
        end = min(self._next + WINDOW, self.offer.chunks)
        return self._ask(end, now) if end <= self._limit else None

    @property
    def _limit(self) -> int:
        return min(self._written + AHEAD, self.offer.chunks)

    def _ask(self, end: int, now: float) -> Wanted:
        self._asked = end
        self._wait(now)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        return Wanted(self.offer.snapshot, self._next, end - self._next)

    def _wait(self, now: float) -> None:
        self._repeat_at = now + self._pause * (1 + self._chance() / 2)

    def _in_order(self) -> list[tuple[int, bytes]]:
        ready = []
        while (data := self._waiting.pop(self._next, None)) is not None:
            ready.append((self._next, data))
            self._next += 1
        return ready
