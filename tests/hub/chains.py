"""Chains of commands of one admin on a site with guarded places, tried and undone, and what they let in.

The lobby and the lab are ordinary, the vault asks for two admins, the safe is strict, the hall is locked down, and
the attic asks for two admins, too, and has no door yet.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache

from doorctl.core.model import HolidayRule, OnAuditFailure, Weekday, ZoneKind
from doorctl.core.schedule import is_open
from doorctl.errors import Refused
from doorctl.hub.card_ring import CardRing
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.history import commit_operations
from doorctl.hub.two_admins.zone_asks import asks_of
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.table import intent_of
from doorctl.policy.apply import position_of, rows_where
from doorctl.policy.building import schedule_of
from doorctl.policy.rows import ScheduleRow, WindowRow
from doorctl.wire.commands import (
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupLeave,
    GroupRemove,
    HolidayAdd,
    HolidayRemove,
    PersonAdd,
    PersonRemove,
    Revoke,
    ScheduleRemove,
    ScheduleSet,
    Verb,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.rights import AdminRestore, Lockdown, LockdownEnd, ZoneRuleSet
from tests.hub.builders import CARD_KEYS, NOON_SECONDS, AnAdmin, ASite, a_private

ZONES = ("attic", "hall", "lab", "lobby", "safe", "vault")
WITH_DOORS = ZONES[1:]
MONDAYS = (WindowRow((Weekday.MONDAY,), "09:00", "10:00"),)
FEASTS = (WindowRow((Weekday.HOLIDAY,), "00:00", "24:00"),)
ALWAYS = (WindowRow(tuple(Weekday), "00:00", "24:00"),)
TIMES = tuple(datetime(2027, 1, *day_and_hour, tzinfo=UTC) for day_and_hour in ((11, 9), (18, 9), (25, 9), (12, 3)))

_SITE: tuple[Verb, ...] = (
    *(ZoneSet(zone, ZoneKind.FLOOR) for zone in ZONES),
    *(DoorSet(f"{zone}-door", zone) for zone in WITH_DOORS),
    *(PersonAdd(holder) for holder in ("h1", "h2", "h3")),
    *(GroupAdd(group) for group in ("staff", "crew", "guards")),
    *(GroupJoin("staff", "h1"), GroupJoin("guards", "h3")),
    *(ScheduleSet("mondays", MONDAYS), ScheduleSet("days", MONDAYS), HolidayAdd("2027-01-25")),
    *(GrantAdd(f"g-{zone}", zone, group="staff", schedule="mondays") for zone in ("safe", "vault")),
    *(GrantAdd("g-lab", "lab", group="staff", schedule="days"), GrantAdd("g-lobby", "lobby", holder="h2")),
    *(GrantAdd("g-hall", "hall", group="staff"), ScheduleSet("feasts", FEASTS)),
    GrantAdd("g-feast", "vault", holder="h3", schedule="feasts"),
    ZoneRuleSet("vault", 2, max_age_seconds=900, break_glass="guards"),
    *(ZoneRuleSet("safe", strict=True), ZoneRuleSet("attic", 2), Lockdown("hall")),
)
COMMANDS: tuple[Verb, ...] = (
    *(GroupAdd("new"), GroupRemove("staff"), GroupRemove("crew"), GroupRemove("guards"), GroupLeave("staff", "h1")),
    *(GroupJoin(group, "h2") for group in ("staff", "crew", "guards", "new")),
    *(GrantAdd("g1", zone, holder="h2") for zone in (*ZONES, "new")),
    *(GrantAdd("g2", zone, group="crew") for zone in ZONES),
    *(Revoke(zone, group="staff") for zone in WITH_DOORS),
    *(ZoneSet(zone, ZoneKind.FLOOR, each) for zone in (*ZONES, "new") for each in OnAuditFailure),
    *(ZoneRemove(zone) for zone in ZONES),
    *(DoorSet(f"{zone}-door", to) for zone in WITH_DOORS for to in (*ZONES, "new")),
    *(DoorRemove(f"{zone}-door") for zone in WITH_DOORS),
    *(ScheduleSet(name, windows) for name in ("mondays", "days") for windows in (ALWAYS, FEASTS, ())),
    *(ScheduleSet("mondays", MONDAYS, HolidayRule.IGNORE), ScheduleRemove("mondays"), ScheduleRemove("days")),
    *(HolidayAdd("2027-01-18"), HolidayRemove("2027-01-25"), PersonRemove("h1")),
    *(ZoneRuleSet(zone) for zone in ZONES),
    *(LockdownEnd("hall"), LockdownEnd(), AdminRestore("edith")),
)
Fact = tuple[str, str, str]
"""A place, and who is let in there when, or what is not asked there."""


def guarded_site(site: ASite) -> ASite:
    """Fill a site with its places, people and guards."""
    for do in _SITE:
        private = a_private(handle=do.holder) if isinstance(do, PersonAdd) else None
        response = site.ask(do, private)
        assert response.verdict == "accepted", (do, response)
    return site


class Trials:
    """Tries commands of one admin by the hub's own table of verbs, and undoes them."""

    def __init__(self, site: ASite, admin: AnAdmin) -> None:
        self.connection = site.connection
        ring = CardRing(CARD_KEYS, site.store_ring)
        roll = Roll(site.trust().trust)
        self._asked = Asked(self.connection, admin.keys, roll, ring, {}, DiskReserve(), None, NOON_SECONDS)
        self._seen: set[int] = set()

    def reached(self, length: int) -> Iterator[tuple[Sequence[Verb], frozenset[Fact]]]:
        """Give every chain up to a length that is allowed alone and leads where none has led, and what is so then."""
        with undone(self.connection):
            yield from self._after((), length)

    def _after(self, before: Sequence[Verb], length: int) -> Iterator[tuple[Sequence[Verb], frozenset[Fact]]]:
        for do in COMMANDS:
            with undone(self.connection):
                if self._is_done(do) and self._is_new(length):
                    yield (*before, do), facts(self.connection)
                    if length > 1:
                        yield from self._after((*before, do), length - 1)

    def _is_done(self, do: Verb) -> bool:
        """Carry a command out, if this admin may and nobody else must agree."""
        try:
            wanted = intent_of(do, self._asked)
        except Refused:
            return False
        if wanted.awaits or not wanted.operations:
            return False
        commit_operations(self.connection, wanted.operations, at=NOON_SECONDS)
        return True

    def _is_new(self, length: int) -> bool:
        state = hash((position_of(self.connection).digest, length))
        is_new = state not in self._seen
        self._seen.add(state)
        return is_new


@contextmanager
def undone(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo at the end whatever was written."""
    connection.execute("SAVEPOINT chain")
    try:
        yield
    finally:
        connection.execute("ROLLBACK TO chain")
        connection.execute("RELEASE chain")


def facts(connection: sqlite3.Connection) -> frozenset[Fact]:
    """Tell who is let in through which door at which of the times, and what its zone, and the attic, do not ask."""
    doors = dict(connection.execute("SELECT id, zone FROM doors"))
    locked = {scope for (scope,) in connection.execute("SELECT scope FROM lockdowns")}
    places = {door: zone for door, zone in doors.items() if zone not in locked} | {"attic": "attic"}
    return frozenset(
        (place, *fact)
        for place, zone in places.items()
        for fact in (*_let_in(connection, zone), *_unasked(connection, zone))
    )


_LET_IN = """
SELECT coalesce(g.holder, m.holder), g.schedule FROM grants AS g LEFT JOIN members AS m ON m."group" = g."group"
WHERE g.zone = ?
"""
_BREAK_GLASS = 'SELECT m.holder FROM zone_rules AS r JOIN members AS m ON m."group" = r.break_glass WHERE r.zone = ?'


def _let_in(connection: sqlite3.Connection, zone: str) -> Iterator[tuple[str, str]]:
    holidays = frozenset(date.fromisoformat(day) for (day,) in connection.execute("SELECT date FROM holidays"))
    for holder, name in connection.execute(_LET_IN, (zone,)).fetchall():
        if holder is not None:
            schedule = rows_where(connection, ScheduleRow, id=name)[0] if name else None
            yield from ((holder, str(at)) for at in _open_at(schedule, holidays))
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
