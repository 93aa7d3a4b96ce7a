"""How often cards with limits were used, remembered over restarts with the records that tell of it.

A use is counted when a card is granted a way in, before its record is on disk, so that of two who come at once with
the last one at two doors one is let in. What then does not let in gives its use back: a record that failed, a grant
that was overtaken, a door that nobody opened.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from doorctl.audit.state import UsedTimes, UseKept
from doorctl.core.areas import Way
from doorctl.core.machines.door_events import Record
from doorctl.core.model import CardUsed
from doorctl.core.records import RecordKind
from doorctl.core.request import NEVER_USED, Facts
from doorctl.core.rules.card_limits import is_spent
from doorctl.core.uses_told import use_of
from doorctl.door.asking.asked import Asked, Use

_SETTLING = frozenset({RecordKind.OPENED, RecordKind.NOT_OPENED, RecordKind.NOT_RELEASED})
_MOST_OPEN = 2
"""The passage that nobody has used yet, and the one that takes its place."""


class UseBook:
    """Counts the uses at all doors of the controller; used from the loop's thread alone."""

    def __init__(self, kept: Mapping[str, UsedTimes]) -> None:
        """Go on from what was remembered, by the id of the limits."""
        self._used = {id_: CardUsed(it.count, datetime.fromtimestamp(it.first, UTC)) for id_, it in kept.items()}

    def used(self, facts: Facts, *, but: Collection[Use] = ()) -> CardUsed:
        """Return how often the card was used, ``but`` for these uses; of one without limits nobody counts."""
        if facts.limits is None:
            return NEVER_USED
        used = self._used.get(facts.limits.id, NEVER_USED)
        own = [each for each in but if each.kept.limits == facts.limits.id] if but else ()
        return _less(used, len(own)) if own else used

    def is_spent(self, asked: Asked) -> bool:
        """Tell whether the card has been used up since somebody asked with it."""
        return is_spent(asked.facts.limits, self.used(asked.facts))

    def take(self, asked: Asked, company: Iterable[Asked]) -> tuple[Use, ...]:
        """Count a use of everybody who is let in now, and return what is to be remembered of it."""
        return tuple([use for each in (asked, *company) if (use := self._count(each, asked)) is not None])

    def give_back(self, uses: Iterable[Use]) -> tuple[UseKept, ...]:
        """Forgive uses, and return what is to be remembered of it if they were on disk."""
        given = tuple(replace(use.kept, change=-use.kept.change) for use in uses)
        for use in given:
            self._used[use.limits] = _less(self._used.get(use.limits, NEVER_USED), 1)
        return given

    def _count(self, who: Asked, asked: Asked) -> Use | None:
        limits, at = who.facts.limits, asked.presented.request.at
        if limits is None or asked.presented.request.way is not Way.IN:
            return None
        used = self._used.get(limits.id, NEVER_USED)
        self._used[limits.id] = CardUsed(used.count + 1, used.first or at)
        kept = UseKept(limits.id, who.facts.whose or "", 1, int(at.timestamp()))
        return Use(kept, use_of(limits, used.count + 1))


@dataclass(frozen=True, slots=True)
class Forgiven:
    """What is remembered of the uses that a record gives back."""

    uses: tuple[UseKept, ...]


class OpenUses:
    """The uses at one door that may still be forgiven, by the number of their decision."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[int, tuple[Use, ...]] = {}

    def note(self, number: int, uses: tuple[Use, ...]) -> None:
        """A decision that counts these uses is on disk."""
        if uses:
            self._open[number] = uses
            for old in tuple(self._open)[:-_MOST_OPEN]:
                del self._open[old]

    def hand_on(self, number: int | None, *, to: int | None) -> None:
        """Let the uses of a decision wait for a later one: whom both let in pass together, if anybody does."""
        uses = self._open.pop(number, ()) if number is not None else ()
        if to is not None:
            self.note(to, (*uses, *self._open.get(to, ())))

    def settled_by(self, record: Record) -> tuple[Use, ...]:
        """Return the uses that a record forgives."""
        uses = self._open.pop(record.of, ()) if record.kind in _SETTLING and record.of is not None else ()
        return () if record.kind is RecordKind.OPENED else uses


def _less(used: CardUsed, count: int) -> CardUsed:
    """Take uses away; with the last of them goes the time of the first."""
    return CardUsed(used.count - count, used.first) if used.count > count else NEVER_USED
