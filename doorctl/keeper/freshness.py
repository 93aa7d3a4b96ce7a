"""When the hub has confirmed the policy that we hold: freshness is an answer to our own question.

1. A verified answer confirms as of when its question was made, not as of when it came.
2. An answer that tells of more than we hold confirms once we have applied all of it.
3. It confirms nothing if our history or our rows turn out to be others than those it names.
4. Nothing else confirms anything: no broadcast, no answer to a question that is not ours.
"""

from collections import deque
from dataclasses import dataclass

from doorctl.policy.apply import Position
from doorctl.wire.bell import Confirmed
from doorctl.wire.messages import Head

MOST_WAITING = 8


@dataclass(frozen=True, slots=True)
class _Answered:
    head: Head
    asked_at: float
    heard_at: float


class Freshness:
    """What the hub has confirmed, in memory only: after a restart nothing is."""

    def __init__(self) -> None:
        """Begin with nothing confirmed."""
        self._waiting: deque[_Answered] = deque(maxlen=MOST_WAITING)
        self._newest: _Answered | None = None

    def answered(self, head: Head, *, asked_at: float, heard_at: float) -> None:
        """Take the head of a verified answer to a question that was made at ``asked_at`` (CLOCK_BOOTTIME)."""
        self._waiting.append(_Answered(head, asked_at, heard_at))

    def review(self, own: Position, *, all_applied: bool) -> bool:
        """Confirm what the policy has reached; True if that is newer than what was confirmed before."""
        reached = [each for each in self._waiting if _is_reached(each.head, own)]
        for each in reached:
            self._waiting.remove(each)
        agreed = [each for each in reached if _agrees(each.head, own, all_applied=all_applied)]
        newest = max(agreed, key=lambda each: each.asked_at, default=None)
        if newest is None or (self._newest is not None and newest.asked_at <= self._newest.asked_at):
            return False
        self._newest = newest
        return True

    def confirmed(self, now: float) -> Confirmed | None:
        """Say what is confirmed; the hub's time is told as of now."""
        if self._newest is None:
            return None
        elapsed = max(0.0, now - self._newest.heard_at)
        return Confirmed(self._newest.asked_at, int(self._newest.head.at + elapsed))

    @property
    def is_confirmed(self) -> bool:
        """Whether the hub has confirmed the policy that we hold, at some time."""
        return self._newest is not None

    def age(self, now: float) -> int | None:
        """Return the age of the policy in whole seconds, None when nothing has confirmed it."""
        return None if self._newest is None else int(max(0.0, now - self._newest.asked_at))

    def forget(self) -> None:
        """Another policy takes the place of ours: nothing that was said of ours counts for it."""
        self._waiting.clear()
        self._newest = None


def _is_reached(head: Head, own: Position) -> bool:
    return head.epoch == own.epoch and head.revision <= own.revision


def _agrees(head: Head, own: Position, *, all_applied: bool) -> bool:
    if head.revision < own.revision:
        return True  # the caller has compared what lies behind us with what was kept
    return head.chain == own.chain.hex() and (head.digest == own.digest_hex or not all_applied)
