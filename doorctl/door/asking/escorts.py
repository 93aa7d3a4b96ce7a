"""Those who were let in at one door a moment ago and may bring visitors, and whom each brought of late at any door.

1. Who was let in brings visitors for as long as the zone says, but not over a change of the policy, nor beyond the
   end of what let them in, nor when an order denies them.
2. A visitor is counted when they are let in, before the record is on disk, so that of two at two doors for one place
   one comes in; also one for whom the strike was not released after all. Whose record could not be written, and who
   was not let in, counts no longer.
3. Counts outlast a restart, in the commit of the visitor's record; who was let in just before it must ask again. Once
   an hour what is a day old goes with such a commit: to look for it takes longer than all else that is written there.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from doorctl.audit.state import DAY_SECONDS, Brought, Remembered
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.visitor_rules import may_escort
from doorctl.core.visitors import Escorting
from doorctl.door.asking.asked import Asked
from doorctl.door.asking.company import seconds_left
from doorctl.policy.building import PolicyPosition

MOST_ESCORTS = 64
"""So many of those who were let in last are remembered: at a busy door the others are through long ago."""
_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _LetIn:
    """Who was let in, the number of that record, and until when they bring visitors, and may enter at all.

    Both in monotonic seconds.
    """

    asked: Asked
    holder: str
    record: int
    until: float
    ends: float

    def is_here(self, now: float) -> bool:
        """Tell whether they bring visitors still."""
        return now <= self.until and now < self.ends


class Escorts:
    """Knows who may bring visitors at one door; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._let_in: list[_LetIn] = []

    def at(self, now: float, position: PolicyPosition | None) -> tuple[str, ...]:
        """Return the holders who bring visitors now, the last one first, if this policy has admitted them."""
        if not self._let_in:
            return ()
        return tuple([each.holder for each in self._let_in if each.is_here(now) and each.asked.position == position])

    def record_of(self, holder: str | None) -> int | None:
        """Return the record by which somebody was let in."""
        return next((each.record for each in self._let_in if each.holder == holder), None)

    def take(self, asked: Asked, record: int, *, with_: Asked | None = None) -> None:
        """Let somebody bring visitors who was let in just now, by their own decision or ``with_`` that of another.

        Whom that is no right of brings none.
        """
        let_in_by = with_ or asked
        if not may_escort(asked.presented.request, asked.facts, let_in_by.decision):
            return
        at, holder = let_in_by.presented.at, asked.facts.whose or ""
        until, ends = at + asked.facts.escorting.seconds, asked.presented.at + seconds_left(asked)
        others = [each for each in self._let_in if each.holder != holder and each.is_here(at)]
        self._let_in = [_LetIn(asked, holder, record, until, ends), *others][:MOST_ESCORTS]

    def forget(self, is_denied: Callable[[Asked], bool] = lambda _: True) -> None:
        """Let nobody bring visitors any more who is denied by now; nobody at all, if that is not asked."""
        self._let_in = [each for each in self._let_in if not is_denied(each.asked)]


class VisitorBook:
    """Counts the visitors of each escort at all doors; used from the loop's thread alone."""

    def __init__(self, kept: Mapping[tuple[str, str], int]) -> None:
        """Go on from what was remembered: by escort and visitor, when the last time was, in Unix seconds."""
        self._brought: defaultdict[str, list[Brought]] = defaultdict(list)
        self._drop_at = min(kept.values(), default=math.inf) + DAY_SECONDS
        for (escort, visitor), last in kept.items():
            self._brought[escort].append(Brought(escort, visitor, last))

    def add_to(self, facts: Facts, request: AccessRequest) -> Facts:
        """Say which escorts of a visitor have brought as many others of late as the zone lets them."""
        visitor = facts.visitor
        if visitor is None:
            return facts
        at = request.at.timestamp()
        full = frozenset([it for it in visitor.escorts if self._is_full(it, visitor.holder, facts.escorting, at)])
        return replace(facts, visitor=replace(visitor, full=full)) if full else facts

    def count(self, asked: Asked) -> tuple[Brought, ...]:
        """Count a visitor who is let in; return what is to be remembered."""
        escort, visitor = asked.escort, asked.facts.visitor
        if escort is None or visitor is None:
            return ()
        at = int(asked.presented.request.at.timestamp())
        brought = Brought(escort, visitor.holder, at, drops=self._drops(at))
        before = [each for each in self._brought[escort] if abs(at - each.at) < DAY_SECONDS]
        self._brought[escort] = [*before, brought]
        return (brought,)

    def give_back(self, remembered: Iterable[Remembered]) -> None:
        """Count no longer who was not let in after all: what was to be remembered of them is not on disk."""
        for brought in remembered:
            if isinstance(brought, Brought):
                left = [each for each in self._brought[brought.escort] if each is not brought]
                self._brought[brought.escort] = left

    def _drops(self, at: int) -> bool:
        """Tell whether what is a day old is dropped with this: once an hour at most, from when there may be any."""
        is_due = at >= self._drop_at
        self._drop_at = at + _HOUR_SECONDS if is_due else min(self._drop_at, at + DAY_SECONDS)
        return is_due

    def _is_full(self, escort: str, visitor: str, asks: Escorting, at: float) -> bool:
        """Tell so by any clock: one that was set back does not make times of before count for long."""
        brought = self._brought.get(escort, ())
        if len(brought) < asks.most:
            return False
        lately = {each.visitor for each in brought if abs(at - each.at) < asks.per_seconds}
        return len(lately - {visitor}) >= asks.most
