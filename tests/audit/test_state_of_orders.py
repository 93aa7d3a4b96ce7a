"""What a door remembers of orders and rosters over a restart, and over a log that is damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.audit import state
from doorctl.audit.state import (
    Memory,
    RosterAccepted,
    read_memory,
    remember,
)
from doorctl.database import open_writer
from doorctl.errors import AuditUnavailable
from doorctl.wire.roster import RosterVersion
from tests.audit.logs import a_draft, a_log, refusing_writes
from tests.audit.remembering import DONE, a_log_that_remembers, a_log_with_tables, run, telling


def test_the_highest_version_of_a_roster_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(RosterAccepted("vault", RosterVersion(version, f"{version}"))) for version in (7, 9, 8)])

    assert read_memory(path).rosters == {"vault": RosterVersion(9, "9")}


def test_a_version_of_which_no_text_was_remembered_keeps_its_number(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(RosterAccepted("vault", RosterVersion(7, "a")))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE state_rosters DROP COLUMN sha256")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm003%'")
        connection.commit()
    before = read_memory(path)

    with closing(a_log(path)) as log:
        log.append([a_draft()])

    assert before.rosters == read_memory(path).rosters == {"vault": RosterVersion(7)}


def test_what_was_to_be_done_may_be_refused_after_all_and_nothing_that_was_refused_is_done(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    refused = replace(DONE, outcome="refused", reason="lockdown")
    with closing(a_log(path)) as log:
        _, number = log.append([a_draft(), telling(DONE)])
        log.append([telling(refused)])
        log.append([telling(DONE)])

    assert read_memory(path).orders[DONE.id] == (refused, number)


def test_only_the_newest_orders_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_log_with_tables(path)
    with closing(open_writer(path)) as connection:
        connection.execute("BEGIN")
        for number in range(state.MOST_ORDERS + 2):
            remember(connection, replace(DONE, id=f"{number:032x}"), record=number)
        connection.execute("COMMIT")

    orders = read_memory(path).orders
    assert len(orders) == state.MOST_ORDERS
    assert f"{0:032x}" not in orders


def test_a_log_that_takes_the_place_of_a_damaged_one_remembers_the_same(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_log_that_remembers(path)
    before = read_memory(path)
    run(path, "UPDATE log SET frontier = x'00'")

    a_log_with_tables(path)

    assert list(tmp_path.glob("audit.db.broken-*"))
    assert read_memory(path) == before == Memory({DONE.id: (DONE, 1)}, {"vault": RosterVersion(7, "a")})


def test_versions_of_rosters_outlast_a_log_of_which_nothing_can_be_read_any_more(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_log_that_remembers(path)
    with closing(a_log(path)) as log:
        log.append([telling(RosterAccepted("vault", RosterVersion(9, "b")))])
        log.append([telling(RosterAccepted("attic", RosterVersion(2, "c")))])
        run(path, "DROP TABLE state_rosters; UPDATE log SET frontier = x'00'")
        with refusing_writes(path), pytest.raises(AuditUnavailable):
            log.append([a_draft()])
        log.append([a_draft()])

    assert read_memory(path).rosters == {"vault": RosterVersion(9, "b"), "attic": RosterVersion(2, "c")}
