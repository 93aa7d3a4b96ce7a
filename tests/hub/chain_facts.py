"""What chains of commands may reach: who is let in where when, what is not asked there, and what else helps in.

Each rule tells so much more the less it asks: whatever is weakened, or lets in more, is a fact that was none before.
"""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache

from doorctl.core.areas import Passback
from doorctl.core.classes import CardClass
from doorctl.core.model import Factor, OnAuditFailure
from doorctl.core.modes import OPENING, Mode
from doorctl.core.rules.factors import factors_asked
from doorctl.core.schedule import is_open
from doorctl.hub.two_admins.door_asks import modes_of, override_of, possible
from doorctl.hub.two_admins.visit_asks import escort_rule_of
from doorctl.hub.two_admins.zone_asks import asks_of, factor_of
from doorctl.hub.two_admins.zone_bars import classes_of, steps_of, threat_of
from doorctl.policy.apply import rows_where
from doorctl.policy.building import schedule_of
from doorctl.policy.rows import (
    ClearanceRow,
    CredentialClassRow,
    PassbackResetRow,
    ScheduleRow,
    SponsorRow,
    TrainingRow,
    VisitorRow,
    ZoneOccupancyRow,
    ZoneTrainingRow,
)

Fact = tuple[str, str, str]
"""A place, and who is let in there when, or what is not asked there."""
TIMES = tuple(datetime(2027, 1, *day_and_hour, tzinfo=UTC) for day_and_hour in ((11, 9), (18, 9), (25, 9), (12, 3)))
HOLDERS, COURSES = ("h1", "h2", "h3", "h4"), ("ladder", "gas")
MOST_TOLD = 9
BY_AN_OFFICER = "an officer at "
"""Before a place, what an officer alone may do there."""

_LET_IN = """
SELECT coalesce(g.holder, m.holder), g.schedule FROM grants AS g LEFT JOIN members AS m ON m."group" = g."group"
WHERE g.zone = ?
"""
_BREAK_GLASS = 'SELECT m.holder FROM zone_rules AS r JOIN members AS m ON m."group" = r.break_glass WHERE r.zone = ?'
_BRINGS = 'SELECT holder FROM members WHERE "group" = ?'


def facts(connection: sqlite3.Connection) -> frozenset[Fact]:
    """Tell who is let in through which door at which of the times, and what its zone, and the attic, do not ask."""
    doors = dict(connection.execute("SELECT id, zone FROM doors"))
    locked = {scope for (scope,) in connection.execute("SELECT scope FROM lockdowns")}
    places = {door: zone for door, zone in doors.items() if zone not in locked} | {"attic": "attic"}
    return frozenset(
        fact
        for place, zone in places.items()
        for fact in (
            *((place, *each) for tell in _OF_ZONE for each in tell(connection, zone)),
            *((place, *each) for each in _unlocked(connection, place)),
            *((BY_AN_OFFICER + place, *each) for tell in _AT_ONCE for each in tell(connection, zone)),
        )
    )


def _let_in(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    holidays = frozenset(date.fromisoformat(day) for (day,) in connection.execute("SELECT date FROM holidays"))
    escorted = {row.holder for row in _visitors(connection)}
    for holder, name in connection.execute(_LET_IN, (zone,)).fetchall():
        if holder is not None:
            schedule = rows_where(connection, ScheduleRow, id=name)[0] if name else None
            yield from ((holder, str(at)) for at in _open_at(schedule, holidays))
            yield from [] if holder in escorted else [(holder, "without an escort")]
    yield from ((holder, "glass") for (holder,) in connection.execute(_BREAK_GLASS, (zone,)))


@cache
def _open_at(schedule: ScheduleRow | None, holidays: frozenset[date]) -> tuple[datetime, ...]:
    if schedule is None:
        return TIMES
    return tuple(at for at in TIMES if is_open(schedule_of(schedule), at, UTC, holidays))


def _unasked(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    asks = asks_of(connection, zone)
    not_asked = {"two": asks.approvals < 2, "roster": not asks.strict, "age": asks.max_age_seconds is None}
    yield from ((word, "unasked") for word, is_so in not_asked.items() if is_so)
    (on_failure,) = connection.execute("SELECT on_audit_failure FROM zones WHERE id = ?", (zone,)).fetchone() or (
        "deny",
    )
    if on_failure != OnAuditFailure.DENY:
        yield "record", "unasked"


def _those_let_in(connection: sqlite3.Connection, zone: str) -> list[str]:
    return sorted({holder for holder, _ in connection.execute(_LET_IN, (zone,)) if holder is not None})


def _by_factors(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    row = factor_of(connection, zone)
    yield from ((factor, "enough") for factor in factors_asked(row.factor, row.times) - {Factor.CARD_AND_PIN})
    yield from ((str(tries), "wrong PINs") for tries in range(row.pin_tries))
    yield from ((str(number), "together") for number in range(row.persons, MOST_TOLD))


def _by_classes(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    taken = classes_of(connection, zone)
    yield from ((each, "taken") for each in taken.card_classes or tuple(CardClass))
    yield from ((each, "taken") for each in taken.reader_classes or ("any reader",))


def _by_trainings(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    within = {row.course: row.within_days for row in rows_where(connection, ZoneTrainingRow, zone=zone)}
    for course in COURSES:
        yield from ((course, f"{days} days ago") for days in (30, 365, 9999) if days <= within.get(course, 9999))
    entering = _those_let_in(connection, zone) if within else []
    trained = (row for holder in entering for row in rows_where(connection, TrainingRow, holder=holder))
    yield from ((row.holder, f"{row.course} on {row.day}") for row in trained if row.course in within)


def _by_threat(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    steps, threat = steps_of(connection, zone), threat_of(connection)
    asked = max((step.clearance for step in steps if step.threat <= threat), default=0)
    yield from ((str(each), "cleared enough") for each in range(asked, MOST_TOLD))
    cleared = (row for holder in HOLDERS for row in rows_where(connection, ClearanceRow, holder=holder))
    yield from ((row.holder, f"cleared {n}") for row in cleared if steps for n in range(1, row.clearance + 1))


def _by_occupancy(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    row = next(iter(rows_where(connection, ZoneOccupancyRow, zone=zone)), ZoneOccupancyRow(zone=zone))
    yield from [] if row.passback is Passback.HARD else [("passback", row.passback)]
    yield from [] if row.reset_at is None else [("forgotten", row.reset_at)]
    yield from ((str(each), "inside") for each in range(1, (row.most or MOST_TOLD) + 1))
    yield from ((str(each), "are enough") for each in range(row.least, MOST_TOLD))
    yield "within", row.within or "nothing"


def _by_escorts(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    rule = escort_rule_of(connection, zone)
    yield from [("visitor", "alone")] if rule.alone else []
    yield from ((str(each), "seconds behind") for each in (10, 30, 600) if each <= rule.seconds)
    visitors = _visitors(connection)
    groups = {rule.group, *(row.escort_group for row in visitors)} - {None}
    yield from ((who, "brings") for group in groups for (who,) in connection.execute(_BRINGS, (group,)))
    yield from ((row.escort, f"brings {row.holder}") for row in visitors if row.escort is not None)
    sponsors = (row for holder in HOLDERS for row in rows_where(connection, SponsorRow, holder=holder))
    yield from ((row.holder, "invites") for row in sponsors if zone in row.zones)


def _visitors(connection: sqlite3.Connection) -> list[VisitorRow]:
    return [row for holder in HOLDERS for row in rows_where(connection, VisitorRow, holder=holder)]


def _unlocked(connection: sqlite3.Connection, door: str) -> Iterator[tuple[str, str]]:
    modes, override = possible(modes_of(connection, door)), override_of(connection, door)
    commanded = modes if override is None else {override.mode}
    yield from ((mode, "mode") for mode in (modes | commanded) & OPENING)
    yield from [] if commanded == {Mode.LOCKED} else [("cards", "mode")]


def _by_card_classes(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    asked = classes_of(connection, zone).card_classes
    entering = _those_let_in(connection, zone) if asked else []
    cards = (row for holder in entering for row in rows_where(connection, CredentialClassRow, holder=holder))
    yield from ((row.holder, f"a card as {row.card_class}") for row in cards if row.card_class in asked)


def _forgotten(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    if rows_where(connection, ZoneOccupancyRow, zone=zone):
        whom = (*_those_let_in(connection, zone), "*")
        resets = (row for holder in whom for row in rows_where(connection, PassbackResetRow, holder=holder))
        yield from ((row.holder, "forgotten") for row in resets if row.zone in {zone, "*"})


_Tell = Callable[[sqlite3.Connection, str], Iterator[tuple[str, str]]]
_OF_ZONE: tuple[_Tell, ...] = (
    *(_let_in, _unasked, _by_factors, _by_classes, _by_trainings, _by_threat, _by_occupancy, _by_escorts),
)
_AT_ONCE: tuple[_Tell, ...] = (_by_card_classes, _forgotten)
