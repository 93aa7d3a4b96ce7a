"""The overview: break-glass first, then what was denied, doors held and forced, and when people came."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from doorctl.core.reasons import Outcome
from doorctl.reports.listings import break_glass, denied, doors, out_of_hours
from doorctl.reports.shown import Shown
from doorctl.reports.tables import Bars, Grid, Report, Table
from doorctl.reports.tallies import Counts
from doorctl.wire.report_words import Tally

TALLIES = (Tally.BREAK_GLASS, Tally.DENIED, Tally.DOORS, Tally.HOURS, Tally.DAILY)
MOST_ROWS = 50
"""So many rows of each table stand in the overview; a report of its own has all of them."""
MOST_BARS = 62
"""So many days are drawn one by one; more are drawn by weeks."""
_HOURS = tuple(f"{hour:02}" for hour in range(24))
_WEEK = 7


def overview(
    counts: Counts, shown: Shown, *, title: str, facts: Sequence[str], schedule: str | None = None
) -> Report:
    """Put an overview together; out of hours is told where a schedule is named."""
    outside = () if schedule is None else (shortened(out_of_hours(counts, shown, schedule=schedule)),)
    return Report(
        title,
        (*facts, _summary(counts)),
        (
            shortened(break_glass(counts, shown)),
            entries_by_hour(counts),
            denials_over_time(counts),
            shortened(denied(counts, shown)),
            shortened(doors(counts, shown)),
            *outside,
        ),
    )


def entries_by_hour(counts: Counts) -> Grid:
    """Lay out how often each door let somebody in, by the hour of the day."""
    found: Counter[tuple[str, str]] = Counter()
    for (tally, words), (number, _, _) in counts.items():
        if tally is Tally.HOURS and words[2] == Outcome.GRANTED:
            found[words[0], words[1]] += number
    names = tuple(sorted({door for door, _ in found}))
    return Grid("Entries per hour and door", "door", "hour of the day", names, _HOURS, found)


def denials_over_time(counts: Counts) -> Bars:
    """Count denials by days, those without any too, or by weeks where these are too many."""
    by_day = {
        words[0]: number
        for (tally, words), (number, _, _) in counts.items()
        if tally is Tally.DAILY and words[1] == Outcome.DENIED
    }
    all_days = sorted(words[0] for tally, words in counts if tally is Tally.DAILY)
    if not all_days:
        return Bars("Denials per day", "day", ())
    first, last = date.fromisoformat(all_days[0]), date.fromisoformat(all_days[-1])
    if (last - first).days < MOST_BARS:
        days = [(first + timedelta(days=each)).isoformat() for each in range((last - first).days + 1)]
        return Bars("Denials per day", "day", tuple((day, by_day.get(day, 0)) for day in days))
    return Bars(f"Denials per week (the newest {MOST_BARS} at most)", "week from", _by_weeks(by_day, first, last))


def shortened(table: Table) -> Table:
    """Leave out rows beyond the most that an overview has, and say how many."""
    if len(table.rows) <= MOST_ROWS:
        return table
    says = f"{table.says} The first {MOST_ROWS} of {len(table.rows)}."
    return Table(table.title, table.columns, table.rows[:MOST_ROWS], table.empty, says)


def _by_weeks(by_day: dict[str, int], first: date, last: date) -> tuple[tuple[str, int], ...]:
    """Add days up by weeks from Monday, the newest of them."""
    weeks: Counter[date] = Counter()
    for day, number in by_day.items():
        weeks[_monday(date.fromisoformat(day))] += number
    count = (_monday(last) - _monday(first)).days // _WEEK + 1
    mondays = [_monday(last) - timedelta(weeks=each) for each in range(min(count, MOST_BARS))]
    return tuple((monday.isoformat(), weeks[monday]) for monday in reversed(mondays))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _summary(counts: Counts) -> str:
    outcomes: Counter[str] = Counter()
    for (tally, words), (number, _, _) in counts.items():
        if tally is Tally.DAILY:
            outcomes[words[1]] += number
    return f"{outcomes[Outcome.GRANTED]} requests were granted, {outcomes[Outcome.DENIED]} denied."
