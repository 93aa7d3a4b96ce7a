"""A site that asks for everything there is: the rows of its rules, and something of everybody for each of them."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.many_credentials import GROUPS, card, holder, write_many_credentials
from doorctl.core.areas import Passback
from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import Factor, HolidayRule, Weekday, ZoneKind
from doorctl.core.modes import Mode
from doorctl.database import open_writer
from doorctl.keys.card_keys import CardKeys, pin_text
from doorctl.policy.gathered import gathering
from doorctl.policy.rosters import RosterBook
from doorctl.policy.rows import (
    DoorModeRow,
    DoorOverrideRow,
    DoorRow,
    FactorTime,
    GrantRow,
    GroupRow,
    LockdownRow,
    MemberRow,
    ModeTime,
    PinRow,
    RosterRow,
    Row,
    ScheduleRow,
    SponsorRow,
    ThreatRow,
    VisitorRow,
    WindowRow,
    ZoneClassesRow,
    ZoneEscortRow,
    ZoneFactorRow,
    ZoneOccupancyRow,
    ZoneRow,
    ZoneRuleRow,
    ZoneThreatRow,
    ZoneTrainingRow,
)
from doorctl.wire.roster import MAX_LINES, RosterLine, card_mark
from tests.door_folder import DoorFolder
from tests.policy.rosters import a_roster, trust

FRONT, VAULT, HOUSE = "front", "vault", "house"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIN = "4711"
_LATER = int((AT + timedelta(days=30)).timestamp())
_A_MINUTE_AGO = int((AT - timedelta(minutes=1)).timestamp())
_DAY = tuple(day for day in Weekday if day is not Weekday.HOLIDAY)
_NIGHT = ScheduleRow(id="night", windows=(WindowRow(days=_DAY, start="22:00", end="05:00"),))
_ALWAYS = ScheduleRow(
    id="always", windows=(WindowRow(days=_DAY, start="00:00", end="24:00"),), holidays=HolidayRule.IGNORE
)
_RULES: tuple[Row, ...] = (
    _NIGHT,
    ZoneRow(id=HOUSE, kind=ZoneKind.FLOOR),
    ZoneRow(id=VAULT, kind=ZoneKind.SERVER_ROOM, max_age_seconds=900),
    DoorRow(id=VAULT, zone=VAULT),
    *(GroupRow(id=group) for group in ("guards", "hosts", "keepers")),
    GrantRow(id="vault-0", zone=VAULT, group="team-0", schedule="always", valid_until=_LATER),
    ZoneRuleRow(VAULT, strict=True, break_glass="keepers"),
    LockdownRow("annex"),
    DoorModeRow(
        VAULT, VAULT, Mode.LOCKED, (ModeTime("night", Mode.LOCKED), ModeTime("always", Mode.CARD)), "keepers"
    ),
    DoorOverrideRow(VAULT, VAULT, Mode.LOCKED, valid_until=_A_MINUTE_AGO),
    ZoneFactorRow(
        VAULT,
        Factor.CARD,
        (FactorTime("night", Factor.PIN), FactorTime("always", Factor.CARD_AND_PIN)),
        persons=2,
        persons_group="guards",
    ),
    ZoneClassesRow(VAULT, (ReaderClass.WIEGAND,), tuple(sorted(NOT_CLONABLE))),
    ZoneThreatRow(VAULT, 2, Factor.CARD_AND_PIN),
    ZoneThreatRow(VAULT, 3, clearance=2),
    ThreatRow("hq", 3),
    ZoneTrainingRow(VAULT, "fire", 365),
    ZoneTrainingRow(VAULT, "ladder", 365),
    ZoneOccupancyRow(HOUSE, most=10_000),
    ZoneOccupancyRow(VAULT, within=HOUSE, passback=Passback.TIMED, most=100, least=2, reset_at="04:00"),
    ZoneEscortRow(VAULT, most=100, per_seconds=86_400, group="hosts"),
)
_OF_EVERYBODY = (
    *(f"UPDATE {table} SET valid_from = 0, valid_until = {_LATER}" for table in ("credentials", "holders")),
    'INSERT INTO pins (holder, ring_keys, "key", duress) SELECT id, 1, randomblob(32), randomblob(32) FROM holders',
    'INSERT INTO credential_classes ("key", holder, card_class) '
    f"SELECT \"key\", holder, '{CardClass.DESFIRE}' FROM credentials",
    'INSERT INTO credential_limits ("key", holder, id, since, uses, first_use_seconds) '
    'SELECT "key", holder, holder, 0, 1000, 2592000 FROM credentials',
    "INSERT INTO clearances (holder, clearance) SELECT id, 2 FROM holders",
    "INSERT INTO holder_times (holder, release_seconds) SELECT id, 15 FROM holders",
    *(
        f"INSERT INTO trainings (holder, course, day) SELECT id, '{course}', '2026-11-01' FROM holders"
        for course in ("fire", "ladder")
    ),
    "INSERT INTO visitors (holder, escort_group) SELECT holder, 'hosts' FROM members WHERE \"group\" = 'team-1'",
)


@dataclass(frozen=True, slots=True)
class People:
    """Those of whom the vault's roster knows, by number: who only comes along, who works there, and their guests."""

    guard: int
    host: int
    sponsor: int
    staff: tuple[int, ...]
    guests: tuple[int, ...]

    @property
    def on_roster(self) -> tuple[int, ...]:
        """Everybody who may enter."""
        return (self.guard, self.host, *self.staff, *self.guests)


@dataclass(frozen=True, slots=True)
class RuledSite:
    """Two policies about the same credentials, a bare one and one with all rules, and who may enter the vault."""

    bare: Path
    ruled: Path
    keys: CardKeys
    people: People


def write_site(folder: Path, credentials: int) -> RuledSite:
    """Write both policies."""
    at_doors = DoorFolder(folder, config="")
    people = _people(credentials)
    bare = write_many_credentials(at_doors, credentials, [FRONT])
    ruled = Path(shutil.copyfile(bare, bare.with_name("ruled.db")))
    with closing(open_writer(ruled)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        at_doors.change_policy(connection, _RULES)
        _write_of_everybody(connection)
        at_doors.change_policy(connection, [*_rows_of(people, at_doors.card_keys)])
    return RuledSite(bare, ruled, at_doors.card_keys, people)


def rosters() -> RosterBook:
    """Return the rosters of a door that believes the site's trust."""
    book = RosterBook(signatures={VAULT: 1})
    book.believe(trust())
    return book


def _people(credentials: int) -> People:
    """Choose as many as a roster holds from one group, which may enter both doors."""
    group = range(0, credentials, GROUPS)
    guard, host, sponsor, *others = random.Random(1).sample(group, min(len(group), MAX_LINES))
    half = len(others) // 2
    return People(guard, host, sponsor, tuple(others[:half]), tuple(others[half:]))


def _write_of_everybody(connection: sqlite3.Connection) -> None:
    """Write it, and gather it behind the rows, as a keeper does with those of a snapshot."""
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    connection.execute("BEGIN")
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in _OF_EVERYBODY:
        connection.execute(statement)
    for update, whose in gathering(connection):
        connection.executemany(update, whose)
    for _, trigger in triggers:
        connection.execute(trigger)
    connection.execute("COMMIT")


def _rows_of(people: People, keys: CardKeys) -> Iterator[Row]:
    yield MemberRow(holder(people.guard), "guards")
    yield MemberRow(holder(people.host), "hosts")
    yield SponsorRow(holder(people.sponsor), (FRONT, VAULT), many=1000, seconds=86_400)
    for number in people.guests:
        yield VisitorRow(holder(number), escort_group="hosts", sponsor=holder(people.sponsor))
    for number in people.on_roster:
        text, duress = (pin_text(digits, holder=holder(number)) for digits in (PIN, "4712"))
        yield PinRow(holder(number), 1, keys.credential_key(text), keys.credential_key(duress))
    lines = (
        RosterLine(holder(number), card_mark(keys.credential_key(card(number))), "always", _LATER)
        for number in people.on_roster
    )
    yield RosterRow(VAULT, a_roster(*lines, zone=VAULT, schedules=(_ALWAYS,), timezone="Europe/Paris"))
