"""The log on disk: groups, numbers, checkpoints and openings hold together, whatever fails in between."""

import random
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_mock import MockerFixture

from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog, new_epoch, newest_record_time
from doorctl.core.records import RecordKind
from doorctl.database import open_writer
from doorctl.errors import AuditUnavailable
from tests.audit.logs import a_draft, a_log, refusing_writes, stored
from tests.full_disk import full_disk

ADA = "holder:ada"


@pytest.fixture(scope="module")
def empty_log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated file without records: the migration takes a process of its own, once is enough."""
    path = tmp_path_factory.mktemp("audit") / "audit.db"
    log = a_log(path)
    log.append([a_draft()])
    log.close()
    with closing(open_writer(path)) as connection:
        for table in ("records", "openings", "log"):
            connection.execute(f"DELETE FROM {table}")
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, empty_log: bytes) -> Path:
    path = tmp_path / "audit.db"
    path.write_bytes(empty_log)
    return path


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    log = a_log(path)
    yield log
    log.close()


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    log = a_log(tmp_path / "audit.db")

    assert log.append([a_draft("one")]) == [1]
    log.close()
    assert stored(tmp_path / "audit.db").kinds == [RecordKind.LOG_OPENED, RecordKind.READ_FAULT]


def test_groups_of_any_size_make_one_log(log: AuditLog, path: Path) -> None:
    numbers = [
        log.append([a_draft(f"{group}.{turn}") for turn in range(size)]) for group, size in enumerate([1, 5, 2])
    ]

    assert numbers == [[1], [2, 3, 4, 5, 6], [7, 8]]
    assert stored(path).details == ["0.0", "1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1"]
    assert log.size == 9


def test_each_commit_has_one_checkpoint_at_its_last_record(log: AuditLog, path: Path) -> None:
    log.append([a_draft()])
    log.append([a_draft(), a_draft()])
    with closing(open_writer(path)) as connection:
        signed = [seq for (seq,) in connection.execute("SELECT seq FROM records WHERE checkpoint IS NOT NULL")]

    assert signed == [1, 3]


def test_a_log_goes_on_after_a_restart(path: Path) -> None:
    for boot in ("first", "second"):
        log = a_log(path, boot=boot)
        log.append([a_draft(boot)])
        log.close()

    found = stored(path)
    assert [leaf.boot for leaf in found.leaves] == ["first", "first", "second"]


def test_a_subject_stands_in_the_opening_alone(log: AuditLog, path: Path) -> None:
    log.append([a_draft(subject=ADA), a_draft(), a_draft(subject=ADA)])

    found = stored(path)
    assert [(opening.seq, opening.subject) for opening in found.openings] == [(1, ADA), (3, ADA)]
    assert not any(b"ada" in raw for raw in found.raw)
    assert found.leaves[1].subject != found.leaves[3].subject
    assert found.leaves[2].subject == ""


def test_a_log_without_its_openings_still_holds_together(log: AuditLog, path: Path) -> None:
    log.append([a_draft(subject=ADA)])
    log.close()
    with closing(open_writer(path)) as connection:
        connection.execute("DELETE FROM openings")

    assert stored(path).openings == ()


def test_a_failed_commit_leaves_the_log_as_it_was(log: AuditLog, path: Path) -> None:
    log.append([a_draft("before")])
    before = stored(path)
    with refusing_writes(path), pytest.raises(AuditUnavailable):
        log.append([a_draft("lost")])

    assert stored(path) == before
    assert log.size == before.size


def test_failed_commits_are_told_in_the_log_with_their_number(log: AuditLog, path: Path) -> None:
    log.append([a_draft("before")])
    with refusing_writes(path):
        for records in (1, 2):
            with pytest.raises(AuditUnavailable):
                log.append([a_draft("lost")] * records)
    numbers = log.append([a_draft("after")])
    log.append([a_draft("later")])

    assert stored(path).details == ["before", "3 records could not be written", "after", "later"]
    assert stored(path).kinds.count(RecordKind.AUDIT_FAILED) == 1
    assert numbers == [3]


def test_a_log_that_cannot_be_made_is_tried_again(tmp_path: Path, empty_log: bytes) -> None:
    path = tmp_path / "missing" / "audit.db"
    log = a_log(path)
    with pytest.raises(AuditUnavailable):
        log.append([a_draft("lost")])
    path.parent.mkdir()
    path.write_bytes(empty_log)
    log.append([a_draft("after")])
    log.close()

    assert stored(path).kinds == [RecordKind.LOG_OPENED, RecordKind.AUDIT_FAILED, RecordKind.READ_FAULT]


@pytest.mark.parametrize("content", [b"this is a text file\n" * 300, b"short"])
def test_a_text_file_is_kept_aside_and_a_new_epoch_begins(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "audit.db"
    path.write_bytes(content)
    log = a_log(path)
    log.append([a_draft("after")])
    log.close()

    (kept,) = tmp_path.glob("audit.db.broken-*")
    assert kept.read_bytes() == content
    assert stored(path).kinds == [RecordKind.LOG_RECOVERED, RecordKind.READ_FAULT]
    assert kept.name in stored(path).details[0]


def test_rows_that_are_no_log_are_kept_aside(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one"), a_draft("two")])
    log.close()
    epoch = stored(path).epoch
    with closing(open_writer(path)) as connection:
        connection.execute("DELETE FROM records WHERE seq = 2")
    log.append([a_draft("after")])

    assert stored(path).kinds == [RecordKind.LOG_RECOVERED, RecordKind.READ_FAULT]
    assert stored(path).epoch > epoch


def test_checkpointing_pages_changes_nothing_that_is_read(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    before = stored(path)
    log.checkpoint_pages()
    log.append([a_draft("two")])

    assert stored(path).raw[: before.size] == before.raw


def test_a_closed_log_opens_again_with_the_next_record(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    log.close()
    log.append([a_draft("two")])

    assert stored(path).details == ["one", "two"]


def test_closing_after_a_failure_leaves_a_whole_file(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    with refusing_writes(path), pytest.raises(AuditUnavailable):
        log.append([a_draft("lost")])
    log.close()

    assert not path.with_name("audit.db-wal").exists()
    assert stored(path).details == ["one"]


@pytest.mark.parametrize("seed", range(12))
def test_a_log_with_flipped_bytes_is_refused_or_kept_aside_and_nothing_else(path: Path, seed: int) -> None:
    log = a_log(path)
    log.append([a_draft(str(number)) for number in range(20)])
    log.close()
    chance, content = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(200):
        content[chance.randrange(100, len(content))] ^= chance.randrange(1, 256)
    path.write_bytes(content)
    with suppress(AuditUnavailable):
        log.append([a_draft("after")])

    assert log.append([a_draft("later")])
    log.close()


def damage(path: Path, *statements: str) -> None:
    """Change a log by hand, its tables' own rules set aside."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


def the_type_of(column: str, other: str) -> str:
    return f"UPDATE sqlite_schema SET sql = replace(sql, '{column}', '{other}') WHERE name = 'log'"


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE log SET epoch = epoch + 1"],
        ["UPDATE log SET size = size - 1"],
        ["UPDATE log SET frontier = x'00'"],
        ["UPDATE log SET root = zeroblob(32)"],
        ["UPDATE log SET checkpoint = zeroblob(99)"],
        [the_type_of("size INTEGER", "size TEXT"), "PRAGMA schema_version = 99", "UPDATE log SET size = 'two'"],
        [
            the_type_of("frontier BLOB", "frontier TEXT"),
            "PRAGMA schema_version = 99",
            "UPDATE log SET frontier = 'f'",
        ],
        [
            the_type_of("checkpoint BLOB", "checkpoint TEXT"),
            "PRAGMA schema_version = 99",
            "UPDATE log SET checkpoint = CAST(x'ff' AS TEXT)",
        ],
        ["DROP TABLE log"],
        ["DROP TABLE records"],
        ["DELETE FROM _sqlite_migrations"],
        ["DROP TABLE _sqlite_migrations"],
        ["DROP TABLE log", "DROP TABLE records", "DROP TABLE openings", "DELETE FROM _sqlite_migrations"],
        [
            *("DROP TABLE log", "DROP TABLE records", "DROP TABLE openings", "DROP TABLE _sqlite_migrations"),
            "CREATE VIEW _sqlite_migrations AS SELECT 1",
        ],
        ["UPDATE sqlite_schema SET sql = 'CREATE TABEL' WHERE name = 'log'"],
        ["UPDATE sqlite_schema SET sql = CAST(x'ff' AS TEXT) WHERE name = 'log'"],
        ["UPDATE sqlite_schema SET sql = replace(sql, 'migration_set', 'migration_sex')"],
    ],
    ids=lambda statements: statements[-1][:60],
)
def test_a_damaged_log_denies_nobody(log: AuditLog, path: Path, statements: list[str]) -> None:
    log.append([a_draft("one"), a_draft("two")])
    log.close()
    damage(path, *statements)
    log.append([a_draft("after")])
    log.close()

    found = stored(path)
    assert found.kinds[-2:] in (
        [RecordKind.LOG_RECOVERED, RecordKind.READ_FAULT],
        [RecordKind.LOG_OPENED, RecordKind.READ_FAULT],
    )
    assert found.details[-1] == "after"


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE openings",
        "INSERT INTO openings VALUES (3, x'00', 'holder:grace')",
        "UPDATE sqlite_schema SET sql = replace(sql, 'leaf', 'beef') WHERE name = 'records'",
    ],
)
def test_damage_that_a_commit_meets_costs_that_commit_alone(log: AuditLog, path: Path, statement: str) -> None:
    log.append([a_draft("one", subject=ADA), a_draft("two")])
    log.close()
    damage(path, statement)
    with pytest.raises(AuditUnavailable):
        log.append([a_draft("lost", subject=ADA)])
    log.append([a_draft("after", subject=ADA)])

    assert stored(path).kinds == [RecordKind.AUDIT_FAILED, RecordKind.LOG_RECOVERED, RecordKind.READ_FAULT]


def test_a_header_that_forbids_writing_costs_one_commit(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    log.close()
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")
    with pytest.raises(AuditUnavailable):
        log.append([a_draft("lost")])
    log.append([a_draft("after")])

    assert stored(path).kinds == [RecordKind.AUDIT_FAILED, RecordKind.LOG_RECOVERED, RecordKind.READ_FAULT]


def test_what_may_pass_puts_nothing_aside(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    log.close()
    with full_disk(), pytest.raises(AuditUnavailable):
        log.append([a_draft("lost")])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AuditUnavailable):
            log.append([a_draft("lost")])
    log.append([a_draft("after")])

    assert stored(path).details == ["one", "2 records could not be written", "after"]
    assert not list(path.parent.glob("audit.db.broken-*"))


@pytest.mark.parametrize("wrong", [{"detail": "\ud800"}, {"detail": object()}])
def test_a_record_that_cannot_be_written_puts_nothing_aside(log: AuditLog, path: Path, wrong: dict[str, Any]) -> None:
    log.append([a_draft("one")])
    log.close()
    draft = Draft(msgspec.structs.replace(a_draft().statement, **wrong))
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            log.append([draft])
    log.append([a_draft("after")])

    assert stored(path).details == ["one", "2 records could not be written", "after"]


def test_a_recovery_is_told_once_a_new_log_can_be_made(
    log: AuditLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append([a_draft("one")])
    log.close()
    damage(path, "DROP TABLE log")
    with monkeypatch.context() as without_python:
        without_python.setattr(sys, "executable", "/bin/false")
        for _ in range(2):
            with pytest.raises(AuditUnavailable):
                log.append([a_draft("lost")])
    log.append([a_draft("after")])

    assert stored(path).kinds == [RecordKind.AUDIT_FAILED, RecordKind.LOG_RECOVERED, RecordKind.READ_FAULT]
    assert len(list(path.parent.glob("audit.db.broken-*"))) == 1
    log.close()
    path.unlink()
    log.append([a_draft("anew")])
    assert stored(path).kinds == [RecordKind.LOG_OPENED, RecordKind.READ_FAULT]


def test_epochs_rise_with_the_clock_and_differ_within_a_second() -> None:
    noon = datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()

    assert new_epoch(noon) < new_epoch(noon + 1) < new_epoch(noon + 3600)
    assert len({new_epoch(noon) for _ in range(5)}) > 1


@pytest.mark.parametrize("at", [0.0, -1.0, 2.0**33, 1e15])
def test_an_epoch_fits_into_a_message_whatever_the_clock_says(at: float) -> None:
    assert 0 <= new_epoch(at) < 2**53


def test_logs_that_begin_in_the_same_second_have_epochs_of_their_own(
    tmp_path: Path, empty_log: bytes, mocker: MockerFixture
) -> None:
    mocker.patch("time.time", return_value=1.0)
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(empty_log)
        with closing(a_log(tmp_path / name)) as log:
            log.append([a_draft()])

    assert stored(tmp_path / "one").epoch != stored(tmp_path / "two").epoch


def test_the_newest_record_tells_its_time(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    at = stored(path).leaves[-1].at

    assert newest_record_time(path) == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET leaf = replace(leaf, 'Z\"', '\"')",
        'UPDATE records SET leaf = replace(leaf, \'"at":"20\', \'"at":"99\')',
        "UPDATE records SET leaf = x'ff'",
        "UPDATE records SET leaf = 7",
        "UPDATE records SET leaf = NULL",
        "DELETE FROM records",
        "DROP TABLE records",
        "UPDATE sqlite_schema SET sql = CAST(x'ff' AS TEXT) WHERE name = 'records'",
    ],
)
def test_a_damaged_newest_record_tells_no_time_or_a_whole_one(log: AuditLog, path: Path, statement: str) -> None:
    log.append([a_draft("one")])
    log.close()
    damage(
        path,
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE records (seq INTEGER PRIMARY KEY, leaf, checkpoint)' "
        "WHERE name = 'records'",
        "PRAGMA schema_version = 99",
        statement,
    )

    told = newest_record_time(path)

    assert told is None or told.tzinfo is not None
