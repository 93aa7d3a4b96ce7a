"""Reports that are one tally as a table: denied, out of hours, doors held and forced, break-glass, days."""

from collections.abc import Iterator

from doorctl.reports.shown import Shown
from doorctl.reports.tables import Table
from doorctl.reports.tallies import Counts, Words
from doorctl.wire.report_words import Tally

Counted = tuple[Words, int, int, int]
_COUNT = ("count", "first", "last")


def denied(counts: Counts, shown: Shown) -> Table:
    """List who was denied where and why, the most often first."""
    rows = sorted(_of(counts, Tally.DENIED), key=lambda row: (-row[1], row[0]))
    return Table(
        "Denied",
        ("person", "door", "zone", "reason", *_COUNT),
        tuple(
            (shown.person(holder), door, zone, reason, number, shown.time(first), shown.time(last))
            for (holder, door, zone, reason), number, first, last in rows
        ),
        empty="Nobody was denied.",
        says="Requests that were denied, by person, door and reason; (not known) is a badge that belongs to nobody.",
    )


def out_of_hours(counts: Counts, shown: Shown, *, schedule: str) -> Table:
    """List who was let in outside of a schedule, day by day, the newest first."""
    rows = sorted(_of(counts, Tally.OUT_OF_HOURS), key=lambda row: (_back(row[0][0]), row[0]))
    return Table(
        "Out of hours",
        ("day", "person", "door", "zone", *_COUNT),
        tuple(
            (day, shown.person(holder), door, zone, number, shown.time(first), shown.time(last))
            for (day, holder, door, zone), number, first, last in rows
        ),
        empty=f"Nobody was let in outside of {schedule}.",
        says=f"Requests that were granted outside of the schedule {schedule}.",
    )


def doors(counts: Counts, shown: Shown) -> Table:
    """List doors that were held open too long, or opened without permission, the newest first."""
    rows = sorted(_of(counts, Tally.DOORS), key=lambda row: (_back(row[0][0]), row[0]))
    return Table(
        "Doors held and forced",
        ("day", "door", "zone", "what", *_COUNT),
        tuple(
            (day, door, zone, what, number, shown.time(first), shown.time(last))
            for (day, door, zone, what), number, first, last in rows
        ),
        empty="No door was held or forced.",
        says="forced_open: it opened while it was secured and nobody had asked; held_open: longer than it may.",
    )


def break_glass(counts: Counts, shown: Shown) -> Table:
    """List who broke the glass, the newest first."""
    rows = sorted(_of(counts, Tally.BREAK_GLASS), key=lambda row: (_back(row[0][0]), row[2]))
    return Table(
        "Break-glass",
        ("day", "person", "door", "zone", "what", *_COUNT),
        tuple(
            (day, shown.person(holder), door, zone, reason, number, shown.time(first), shown.time(last))
            for (day, holder, door, zone, reason), number, first, last in rows
        ),
        empty="Nobody broke the glass.",
        says="Two asked together while the policy was too old: each such entry wants an explanation.",
    )


def days(counts: Counts, shown: Shown) -> Table:
    """List when each person was let in first and last, day by day."""
    return Table(
        "First and last entry",
        ("day", "person", "first", "last", "entries"),
        tuple(
            (day, shown.person(holder), shown.time(first), shown.time(last), number)
            for (day, holder), number, first, last in sorted(_of(counts, Tally.DAYS))
        ),
        empty="Nobody was let in.",
        says="By readers at entrances alone: when somebody left, no reader says.",
    )


def _of(counts: Counts, wanted: Tally) -> Iterator[Counted]:
    return ((words, *counted) for (tally, words), counted in counts.items() if tally is wanted)


def _back(day: str) -> int:
    """Order dates backwards."""
    return -int(day.replace("-", ""))
