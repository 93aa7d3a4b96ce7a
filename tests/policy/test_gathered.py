"""What other tables say of somebody is gathered in their own row, whoever writes and in whatever order."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import msgspec
import pytest

from doorctl.core.classes import CardClass
from doorctl.core.request import AccessRequest
from doorctl.database import open_writer
from doorctl.policy.gathered import each_is_true
from doorctl.policy.row_sql import DELETE, UPSERT
from doorctl.policy.rows import (
    ClearanceRow,
    CredentialClassRow,
    CredentialLimitsRow,
    CredentialRow,
    DoorRow,
    HolderRow,
    HolderTimesRow,
    PinRow,
    Row,
    SponsorRow,
    TrainingRow,
    VisitorRow,
)
from doorctl.policy.schema import migrate
from tests.policy.every_row import EVERY_ROW
from tests.policy.policies import edit, facts_of, write_policy
from tests.policy.test_facts import NOON

CHANGES = 300
ADAS_CARD, ALANS_CARD = ((key,) * 9 for key in (bytes(32), b"\xff" * 32))
"""Whichever key of the ring counts."""


@pytest.fixture
def policy(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(tmp_path / "policy.db")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        migrate(connection, site="hq")
        yield connection


def a_row(chance: Random) -> Row:
    """Make a row about one of two people, who have one of three cards, or will have."""
    who, other = chance.sample(("ada", "grace"), 2)
    key, number = chance.choice((b"1", b"2", b"3")) * 32, chance.randrange(1, 5)
    rows: tuple[Row, ...] = (
        HolderRow(who),
        CredentialRow(key, who),
        PinRow(who, 1, key, chance.choice((None, b"d" * 32))),
        CredentialLimitsRow(key, who, f"l{number}", since=0, uses=number),
        HolderTimesRow(who, release_seconds=chance.choice((None, number))),
        CredentialClassRow(key, who, chance.choice((CardClass.DESFIRE, CardClass.PROX))),
        ClearanceRow(who, number),
        VisitorRow(who, sponsor=chance.choice((None, other))),
        SponsorRow(who, ("floor-3", f"floor-{number}"), many=1, seconds=60),
        TrainingRow(who, chance.choice(("ladder", "gas")), f"2026-11-0{number}"),
    )
    return chance.choice(rows)


def test_after_any_change_what_is_gathered_is_what_the_rows_say(policy: sqlite3.Connection, chance: Random) -> None:
    refused = 0
    for row in [a_row(chance) for _ in range(CHANGES)]:
        try:
            change(policy, row, is_put=chance.random() < 0.7)
        except sqlite3.IntegrityError:  # somebody who is not there, or still has something
            refused += 1

        assert all(each_is_true(policy)), row
    assert refused < CHANGES / 2


def change(policy: sqlite3.Connection, row: Row, *, is_put: bool) -> None:
    key = [getattr(row, field) for field in row.primary_key]
    values = [getattr(row, field) for field in row.__struct_fields__]
    columns = [msgspec.json.encode(value).decode() if isinstance(value, tuple) else value for value in values]
    policy.execute(*((UPSERT[type(row)], columns) if is_put else (DELETE[type(row)], key)))


def test_somebody_of_whom_nothing_is_said_any_more_is_as_before(policy: sqlite3.Connection) -> None:
    policy.execute("INSERT INTO holders (id, status) VALUES ('ada', 'active')")
    policy.execute("INSERT INTO trainings VALUES ('ada', 'ladder', '2026-11-01')")
    policy.execute("DELETE FROM trainings")

    assert policy.execute("SELECT gathered FROM holders").fetchone() == (None,)


@pytest.mark.parametrize(
    "request_",
    [
        AccessRequest("front", ADAS_CARD, NOON, pins=(b"1" * 32,)),
        AccessRequest("back", ADAS_CARD, NOON),
        AccessRequest("front", ALANS_CARD, NOON, escorts=("ada",)),
        AccessRequest("back", ALANS_CARD, NOON, escorts=("ada",), pins=(b"1" * 32,)),
    ],
    ids=["somebody who works there", "at a strict door", "a guest", "a guest at a strict door"],
)
def test_a_policy_that_an_older_doorctl_has_made_says_the_same(tmp_path: Path, request_: AccessRequest) -> None:
    path = tmp_path / "policy.db"
    write_policy(path, [*EVERY_ROW, DoorRow("back", "server-room")])
    now = facts_of(path, request_)
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    edit(path, *(f"DROP TRIGGER {name}" for (name,) in triggers))
    edit(path, *(f"ALTER TABLE {table} DROP COLUMN gathered" for table in ("holders", "credentials")))

    assert now.trained or now.limits or now.visitor
    assert facts_of(path, request_) == now
