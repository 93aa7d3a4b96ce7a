"""What a door remembers over a restart: written with its record or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.audit import state
from doorctl.audit.leaf import Draft
from doorctl.audit.state import (
    Erased,
    Memory,
    OrderAnswered,
    Remembered,
    RosterAccepted,
    WrongPinsKept,
    read_memory,
    remember,
)
from doorctl.database import open_writer
from doorctl.errors import AuditUnavailable
from doorctl.wire.roster import RosterVersion
from tests.audit.logs import a_draft, a_log, refusing_writes
from tests.full_disk import full_disk

DONE = OrderAnswered("0" * 32, "done")


def telling(what: Remembered) -> Draft:
    return replace(a_draft(), remembered=what)


def test_what_is_to_be_remembered_is_written_with_its_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        _, number = log.append([a_draft(), telling(DONE)])
        log.append([telling(RosterAccepted("vault", RosterVersion(7, "a")))])

    assert read_memory(path) == Memory({DONE.id: (DONE, number)}, {"vault": RosterVersion(7, "a")})


def test_wrong_pins_are_remembered_for_a_day_or_until_they_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(WrongPinsKept({"old": (5, 1000), "card": (1, 90_000), "reader": (2, 90_000)}))])
        log.append([telling(WrongPinsKept({"card": (0, 90_000)}))])

    assert read_memory(path).wrong_pins == {"reader": (2, 90_000)}


def test_wrong_pins_go_with_an_erased_person(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(WrongPinsKept({"card": (1, 90_000)})), telling(Erased("ada"))])

    assert read_memory(path).wrong_pins == {}


def test_wrong_pins_outlive_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(WrongPinsKept({"card": (4, 90_000)}))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE records SET leaf = x'00'")
        connection.execute("UPDATE log SET root = x'00'")
        connection.commit()

    with closing(a_log(path)) as log:
        log.append([a_draft()])

    assert read_memory(path).wrong_pins == {"card": (4, 90_000)}


def test_what_could_not_be_recorded_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([a_draft()])
        with refusing_writes(path), pytest.raises(AuditUnavailable):
            log.append([telling(DONE)])

    assert read_memory(path) == Memory()


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


def a_log_with_tables(path: Path) -> None:
    with closing(a_log(path)) as log:
        log.append([a_draft()])


def a_log_that_remembers(path: Path) -> None:
    with closing(a_log(path)) as log:
        log.append([telling(DONE), telling(RosterAccepted("vault", RosterVersion(7, "a")))])


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


def test_what_is_remembered_is_read_on_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_log_that_remembers(path)

    with full_disk():
        memory = read_memory(path)

    assert memory.rosters == {"vault": RosterVersion(7, "a")}


def test_a_memory_that_cannot_be_read_is_an_alarm(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "audit.db"
    a_log_that_remembers(path)
    path.write_bytes(path.read_bytes()[:4096] + bytes(len(path.read_bytes()) - 4096))

    assert read_memory(path) == Memory()
    assert "<2>event=memory_unreadable file=audit.db" in capfd.readouterr().err


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def test_nothing_is_remembered_where_there_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a log")

    assert read_memory(tmp_path / "missing.db") == read_memory(tmp_path / "text.db") == Memory()


def test_nothing_is_remembered_of_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_log_with_tables(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE state_orders")

    assert read_memory(path) == Memory()
