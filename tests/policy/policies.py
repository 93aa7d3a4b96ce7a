"""Policies on disk as a keeper leaves them: written, changed, stopped cleanly or killed in the middle."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec

from doorctl.core.model import ZoneKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.database import open_reader, open_writer
from doorctl.policy.apply import apply_changes, chain_after, position_of
from doorctl.policy.facts import FactsReader, Rosters
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import CredentialRow, DoorRow, GrantRow, HolderRow, Row, SiteRow, ZoneRow
from doorctl.policy.schema import migrate
from doorctl.wire.messages import Change, Put

KEY = b"a" * 32
OTHER_KEY = b"g" * 32
BUILDING: tuple[Row, ...] = (
    SiteRow(id="hq", timezone="Europe/Paris"),
    ZoneRow(id="floor-3", kind=ZoneKind.FLOOR),
    DoorRow(id="front", zone="floor-3"),
)
ADA: tuple[Row, ...] = (HolderRow(id="ada"), CredentialRow(key=KEY, holder="ada"))
ADAS_GRANT = GrantRow(id="g1", zone="floor-3", holder="ada")

_KILLED_KEEPER = """
import os, signal, sys
from pathlib import Path
from doorctl.database import open_writer
connection = open_writer(Path(sys.argv[1]))
connection.execute("PRAGMA cache_size = 1")
connection.execute("INSERT INTO groups VALUES ('committed')")
connection.execute("BEGIN IMMEDIATE")
connection.execute("DELETE FROM grants")
for number in range(5000):
    connection.execute("INSERT INTO groups VALUES (?)", (f"group-{number}",))
os.kill(os.getpid(), signal.SIGKILL)
"""


def write_policy(path: Path, rows: Iterable[Row]) -> None:
    """Make a policy with these rows, as a keeper that was stopped cleanly leaves it."""
    with closing(open_writer(path)) as connection:
        migrate(connection, site="hq")
    change_policy(path, rows)


def change_policy(path: Path, rows: Iterable[Row]) -> None:
    """Apply rows as the next revision and stop cleanly."""
    with closing(open_writer(path)) as connection:
        position = position_of(connection)
        operations = tuple(Put(row) for row in rows)
        change = msgspec.Raw(msgspec.json.encode(Change(revision=position.revision + 1, at=0, operations=operations)))
        connection.execute("BEGIN IMMEDIATE")
        apply_changes(connection, [change], epoch=1, chain=chain_after(position.chain, bytes(change)).hex())
        connection.execute("COMMIT")


def edit(path: Path, *statements: str) -> None:
    """Change rows behind the keeper's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def facts_of(path: Path, request: AccessRequest, *, rosters: Rosters | None = None) -> Facts:
    """Read what a policy knows of a request, as a door does whose clock is trusted."""
    with closing(open_reader(path)) as connection:
        facts, _ = FactsReader(connection, rosters=rosters).facts(request)
    return replace(facts, clock_trusted=True)


def revision_in_force(reader: PolicyReader) -> int | None:
    """Give the revision that a door answers by."""
    building = reader.building()
    return None if building is None else building.position.revision


def kill_a_keeper_in_the_middle(path: Path) -> None:
    """Leave what a keeper leaves that was killed while it took every grant away: the transaction never ended."""
    killed = subprocess.run([sys.executable, "-c", _KILLED_KEEPER, str(path)], check=False)
    assert killed.returncode == -9
