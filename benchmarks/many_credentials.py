"""A policy with as many credentials as a case asks for, written fast, and the badges that it knows."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from doorctl.core.model import HolidayRule, Weekday, ZoneKind
from doorctl.database import open_writer
from doorctl.keys.card_keys import CardKeys
from doorctl.policy.rows import DoorRow, GrantRow, GroupRow, Row, ScheduleRow, SiteRow, WindowRow, ZoneRow
from tests.door_folder import DoorFolder

GROUPS = 100
_CARDS = 1 << 24  # facility code and card number of H10301
_HOLDERS = 1 << 64
_SCATTER = 0x9E3779B97F4A7C15  # odd: multiplying by it modulo a power of two never gives the same number twice


def card(number: int) -> str:
    """Name the badge of one holder; neighbours have nothing in common."""
    bits = (number + 1) * _SCATTER % _CARDS
    return f"H10301:{bits >> 16}:{bits & 0xFFFF}"


def write_many_credentials(folder: DoorFolder, credentials: int, doors: Sequence[str]) -> Path:
    """Give the folder a policy: each holder has one credential and one group, groups may enter by schedule."""
    folder.write_policy([*_building(doors), *_groups()])
    path = (folder.state / "policy.db").resolve()
    connection = open_writer(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA cache_size = -262144")
    _write_rows(connection, folder.card_keys, credentials)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with path.open("rb") as written:
        os.fsync(written.fileno())  # or writing it back would disturb what is measured, and its pages stay cached
    return path


def _building(doors: Sequence[str]) -> Iterator[Row]:
    always = WindowRow(days=tuple(day for day in Weekday if day is not Weekday.HOLIDAY), start="00:00", end="24:00")
    yield SiteRow(id="hq", timezone="Europe/Paris")
    yield ScheduleRow(id="always", windows=(always,), holidays=HolidayRule.IGNORE)
    yield ZoneRow(id="floor-3", kind=ZoneKind.FLOOR)
    yield from (DoorRow(id=door, zone="floor-3") for door in doors)


def _groups() -> Iterator[Row]:
    for number in range(GROUPS):
        yield GroupRow(id=f"team-{number}")
        yield GrantRow(id=f"grant-{number}", zone="floor-3", group=f"team-{number}", schedule="always")


def _write_rows(connection: sqlite3.Connection, keys: CardKeys, count: int) -> None:
    """Insert in the order of the keys; secondary indexes and triggers are made when all rows are there."""
    holders = sorted((holder(number), f"team-{number % GROUPS}") for number in range(count))
    credentials = sorted((keys.credential_key(card(number)), holder(number)) for number in range(count))
    made_later = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
        "AND tbl_name IN ('members', 'credentials')"
    ).fetchall()
    connection.execute("BEGIN")
    for kind, name, _ in made_later:
        connection.execute(f"DROP {kind} {name}")
    connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", ((id_,) for id_, _ in holders))
    connection.executemany('INSERT INTO members (holder, "group") VALUES (?, ?)', holders)
    connection.executemany("INSERT INTO credentials (\"key\", holder, status) VALUES (?, ?, 'active')", credentials)
    for *_, statement in made_later:
        connection.execute(statement)
    connection.execute("COMMIT")


def holder(number: int) -> str:
    """Name one holder."""
    return f"{(number + 1) * _SCATTER % _HOLDERS:016x}"
