"""Counting records by words: each stretch of a log alone, and stretches put together in any way, give the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from doorctl.core.model import Schedule
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.schedule import is_open
from doorctl.wire.report_words import Tallied, Tally

Words = tuple[str, ...]
Counts = dict[tuple[Tally, Words], tuple[int, int, int]]
"""By tally and words: how many, first and last time."""

NOBODY = ""
"""In place of a holder where nobody is known: an unknown badge, or somebody who was erased."""
COUNTED = (
    *(RecordKind.DECISION, RecordKind.OPENED, RecordKind.HELD_OPEN, RecordKind.FORCED_OPEN),
    *(RecordKind.ENTERED, RecordKind.LEFT),
)
"""The kinds of record that any tally counts."""

OPENED, GRANTED = str(RecordKind.OPENED), str(Outcome.GRANTED)
"""How sure an entry is: the door was seen open after it was granted, or it was granted alone."""
ENTERED, LEFT = str(RecordKind.ENTERED), str(RecordKind.LEFT)
"""What a door says that counts who is inside."""
_MOVES = frozenset({OPENED, ENTERED, LEFT})

_HOLDER = "holder:"
_QUARTER, _MINUTE = 900, 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GLASS = frozenset({Reason.BREAK_GLASS, Reason.BREAK_GLASS_AWAITS_SECOND})
_ALARMS = frozenset({RecordKind.HELD_OPEN, RecordKind.FORCED_OPEN})


class Event(NamedTuple):
    """What is read of a record; ``at`` in seconds since 1970, the subject of an opening is its decision's."""

    at: int
    kind: str
    outcome: str | None
    reason: str | None
    door: str
    zone: str
    subject: str | None

    @property
    def holder(self) -> str:
        """Whom it is about, as far as that is known."""
        subject = self.subject or ""
        return subject[len(_HOLDER) :] if subject.startswith(_HOLDER) else NOBODY

    @property
    def is_decision(self) -> bool:
        """Whether somebody asked."""
        return self.kind == RecordKind.DECISION

    @property
    def is_granted(self) -> bool:
        """Whether somebody was let in."""
        return self.is_decision and self.outcome == Outcome.GRANTED


@dataclass(slots=True)
class WallClock:
    """The site's days, hours and opening hours; each is worked out once."""

    timezone: tzinfo
    schedule: Schedule | None = None
    holidays: frozenset[date] = frozenset()
    _hours: dict[int, tuple[str, str]] = field(default_factory=dict)
    _open: dict[int, bool] = field(default_factory=dict)

    def day_and_hour(self, at: int) -> tuple[str, str]:
        """Return the date and the hour of the day, such as ``09``; every offset is a number of quarters."""
        quarter = at // _QUARTER
        if quarter not in self._hours:
            local = self._local(quarter * _QUARTER)
            self._hours[quarter] = (local.date().isoformat(), f"{local.hour:02}")
        return self._hours[quarter]

    def is_outside(self, at: int) -> bool:
        """Tell whether no window of the schedule is open; without a schedule nothing is outside."""
        if self.schedule is None:
            return False
        minute = at // _MINUTE
        if minute not in self._open:
            self._open[minute] = is_open(self.schedule, self._local(minute * _MINUTE), self.timezone, self.holidays)
        return not self._open[minute]

    def _local(self, at: int) -> datetime:
        """Return the time on the wall; the last hours of the year 9999 are nowhere but in UTC."""
        time = _EPOCH + timedelta(seconds=at)
        try:
            return time.astimezone(self.timezone)
        except OverflowError:
            return time


def _entries(event: Event, _: WallClock) -> Words | None:
    if not event.holder or not (event.is_granted or event.kind in _MOVES):
        return None
    return event.holder, event.zone, event.door, event.kind if event.kind in _MOVES else GRANTED


def _denied(event: Event, _: WallClock) -> Words | None:
    if event.outcome != Outcome.DENIED or not event.is_decision:
        return None
    return event.holder, event.door, event.zone, event.reason or ""


def _out_of_hours(event: Event, clock: WallClock) -> Words | None:
    if not event.is_granted or not clock.is_outside(event.at):
        return None
    return clock.day_and_hour(event.at)[0], event.holder, event.door, event.zone


def _doors(event: Event, clock: WallClock) -> Words | None:
    if event.kind not in _ALARMS:
        return None
    return clock.day_and_hour(event.at)[0], event.door, event.zone, event.kind


def _break_glass(event: Event, clock: WallClock) -> Words | None:
    if not event.is_decision or event.reason not in _GLASS:
        return None
    return clock.day_and_hour(event.at)[0], event.holder, event.door, event.zone, event.reason or ""


def _days(event: Event, clock: WallClock) -> Words | None:
    if not event.is_granted or not event.holder:
        return None
    return clock.day_and_hour(event.at)[0], event.holder


def _hours(event: Event, clock: WallClock) -> Words | None:
    if not event.is_decision:
        return None
    return event.door, clock.day_and_hour(event.at)[1], event.outcome or ""


def _daily(event: Event, clock: WallClock) -> Words | None:
    if not event.is_decision:
        return None
    return clock.day_and_hour(event.at)[0], event.outcome or ""


WORDS: Mapping[Tally, Callable[[Event, WallClock], Words | None]] = {
    Tally.ENTRIES: _entries,
    Tally.DENIED: _denied,
    Tally.OUT_OF_HOURS: _out_of_hours,
    Tally.DOORS: _doors,
    Tally.BREAK_GLASS: _break_glass,
    Tally.DAYS: _days,
    Tally.HOURS: _hours,
    Tally.DAILY: _daily,
}


def count(events: Iterable[Event], tallies: Iterable[Tally], clock: WallClock) -> Counts:
    """Count events by the words of each tally."""
    counts: Counts = {}
    for _ in counting(events, tallies, clock, counts):
        pass
    return counts


def counting(events: Iterable[Event], tallies: Iterable[Tally], clock: WallClock, counts: Counts) -> Iterator[Event]:
    """Add one event after the other to the counts, and yield each; None from a tally's function passes it over."""
    wanted = [(tally, WORDS[tally]) for tally in tallies]
    for event in events:
        for tally, words_of in wanted:
            if (words := words_of(event, clock)) is not None:
                _add(counts, (tally, words), 1, event.at, event.at)
        yield event


def merge(counts: Counts, more: Iterable[Tallied]) -> None:
    """Add the counts of another stretch."""
    for tally, words, number, first, last in more:
        _add(counts, (tally, words), number, first, last)


def rows_of(counts: Counts) -> tuple[Tallied, ...]:
    """Write counts as they travel."""
    return tuple((tally, words, *counted) for (tally, words), counted in counts.items())


def _add(counts: Counts, key: tuple[Tally, Words], number: int, first: int, last: int) -> None:
    before = counts.get(key)
    if before is None:
        counts[key] = (number, first, last)
    else:
        counts[key] = (before[0] + number, min(before[1], first), max(before[2], last))
