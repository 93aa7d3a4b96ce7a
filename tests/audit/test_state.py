"""What a door remembers over a restart: written with its record or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.audit.leaf import read_leaf
from doorctl.audit.rescue import Rescue
from doorctl.audit.state import (
    Brought,
    Erased,
    FireKept,
    Memory,
    ModeKept,
    RosterAccepted,
    UsedTimes,
    UseKept,
    WrongPinsKept,
    read_memory,
)
from doorctl.database import open_writer
from doorctl.errors import AuditUnavailable
from doorctl.wire.roster import RosterVersion
from tests.audit.logs import a_draft, a_log, refusing_writes
from tests.audit.remembering import DONE, a_log_that_remembers, a_log_with_tables, telling
from tests.full_disk import full_disk

LOCKED = ModeKept("front", "locked", "command")
UNLOCKED = ModeKept("front", "office", "usual", unlocked=True, until=7, holder="ada", credential="ab", ring_keys=2)


def test_what_is_to_be_remembered_is_written_with_its_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        _, number = log.append([a_draft(), telling(DONE)])
        log.append([telling(RosterAccepted("vault", RosterVersion(7, "a")))])

    assert read_memory(path) == Memory({DONE.id: (DONE, number)}, {"vault": RosterVersion(7, "a")})


def test_all_that_is_to_be_remembered_with_one_record_is_written_with_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([replace(a_draft(), remembered=(WrongPinsKept({"card": (1, 90_000)}), Erased("ada"), DONE))])

    assert read_memory(path) == Memory({DONE.id: (DONE, 1)}, erased=frozenset({"ada"}))


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


def test_the_last_mode_of_a_door_is_remembered_with_the_number_of_its_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(UNLOCKED), telling(replace(UNLOCKED, door="back"))])
        (number,) = log.append([telling(LOCKED)])

    modes = read_memory(path).modes
    assert modes["front"] == (LOCKED, number)
    assert modes["back"][0] == replace(UNLOCKED, door="back")


def test_what_an_erased_person_has_unlocked_goes_with_them(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(UNLOCKED), telling(replace(LOCKED, door="back")), telling(Erased("ada"))])

    assert set(read_memory(path).modes) == {"back"}


def test_modes_outlive_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(UNLOCKED)])
    rescue = Rescue()
    rescue.begin(path)
    path.unlink()
    with closing(a_log(path)) as log:
        log.append([a_draft()])
        with closing(open_writer(path)) as connection:
            rescue.write(connection)

    assert read_memory(path).modes == {"front": (UNLOCKED, 0)}


def test_a_fire_is_remembered_until_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    told = []
    with closing(a_log(path)) as log:
        for burning in (True, True, False):
            log.append([telling(FireKept(burning))])
            told.append(read_memory(path).burning)

    assert told == [True, True, False]


def test_a_fire_outlives_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(FireKept(burning=True))])
    rescue = Rescue()
    rescue.begin(path)
    path.unlink()
    with closing(a_log(path)) as log:
        log.append([a_draft()])
        with closing(open_writer(path)) as connection:
            rescue.write(connection)

    assert read_memory(path).burning


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


def test_uses_are_the_sum_of_what_was_committed_and_those_forgiven_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(UseKept("l1", "ada", 1, 10)), telling(UseKept("l1", "ada", 1, 20))])
        log.append([telling(UseKept("l2", "ada", 1, 30)), telling(UseKept("l2", "ada", -1, 30))])
        log.append([telling(UseKept("l3", "grace", -1, 40))])
        with refusing_writes(path), pytest.raises(AuditUnavailable):
            log.append([telling(UseKept("l1", "ada", 1, 50))])

    assert read_memory(path).uses == {"l1": UsedTimes("ada", 2, 10)}


def test_uses_go_with_an_erased_person_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(UseKept("l1", "ada", 1, 10)), telling(UseKept("l2", "grace", 1, 10))])
        log.append([telling(Erased("ada"))])

    assert read_memory(path).uses == {"l2": UsedTimes("grace", 1, 10)}


def test_uses_outlive_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(UseKept("l1", "ada", 1, 10)), telling(UseKept("l1", "ada", 1, 20))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE records SET leaf = x'00'")
        connection.execute("UPDATE log SET root = x'00'")
        connection.commit()

    with closing(a_log(path)) as log:
        log.append([a_draft()])

    assert read_memory(path).uses == {"l1": UsedTimes("ada", 2, 10)}


def test_whom_an_escort_brought_is_remembered_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(Brought("ada", "alan", 1000)), telling(Brought("ada", "joan", 5000))])
        log.append([telling(Brought("ada", "joan", 90_000, drops=True))])

    assert read_memory(path).brought == {("ada", "joan"): 90_000}


def test_whom_an_escort_brought_a_day_ago_is_looked_for_only_where_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(Brought("ada", "alan", 1000))])
        log.append([telling(Brought("ada", "joan", 90_000))])

    assert read_memory(path).brought == {("ada", "alan"): 1000, ("ada", "joan"): 90_000}


@pytest.mark.parametrize("erased", ["ada", "alan"])
def test_who_brought_whom_goes_with_either_when_erased(tmp_path: Path, erased: str) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(Brought("ada", "alan", 10)), telling(Brought("grace", "joan", 10))])
        log.append([telling(Erased(erased))])

    assert read_memory(path).brought == {("grace", "joan"): 10}


def test_who_brought_whom_outlives_a_damaged_log_but_for_the_erased(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(Brought("ada", "alan", 10)), telling(Erased("joan"))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO state_escorts VALUES ('ada', 'joan', 10)")
        connection.execute("UPDATE log SET root = x'00'")
        connection.commit()

    with closing(a_log(path)) as log:
        log.append([a_draft()])

    assert read_memory(path).brought == {("ada", "alan"): 10}


def test_a_record_that_belongs_to_the_one_before_says_its_number(tmp_path: Path) -> None:
    with closing(a_log(tmp_path / "audit.db")) as log:
        numbers = log.append([a_draft(), a_draft(), replace(a_draft(), places_back=1)])
    with closing(open_writer(tmp_path / "audit.db")) as connection:
        leaves = [leaf for (leaf,) in connection.execute("SELECT leaf FROM records ORDER BY seq")]

    assert [read_leaf(leaf).of for leaf in leaves][-3:] == [None, None, numbers[1]]


def test_what_could_not_be_recorded_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([a_draft()])
        with refusing_writes(path), pytest.raises(AuditUnavailable):
            log.append([telling(DONE)])

    assert read_memory(path) == Memory()


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


def test_nothing_is_remembered_where_there_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a log")

    assert read_memory(tmp_path / "missing.db") == read_memory(tmp_path / "text.db") == Memory()


def test_nothing_is_remembered_of_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_log_with_tables(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE state_orders")

    assert read_memory(path) == Memory()
