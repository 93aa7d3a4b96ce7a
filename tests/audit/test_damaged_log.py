"""A damaged log is kept aside and a new epoch begins; what may pass, or is no damage, puts nothing aside."""

import random
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog
from doorctl.core.records import RecordKind
from doorctl.database import open_writer
from doorctl.errors import AuditUnavailable
from tests.audit.logs import ADA, a_draft, a_log, damage, stored
from tests.full_disk import full_disk


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

    assert stored(path).kinds == [RecordKind.LOG_RECOVERED, RecordKind.AUDIT_FAILED, RecordKind.READ_FAULT]


def test_a_header_that_forbids_writing_costs_one_commit(log: AuditLog, path: Path) -> None:
    log.append([a_draft("one")])
    log.close()
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")
    with pytest.raises(AuditUnavailable):
        log.append([a_draft("lost")])
    log.append([a_draft("after")])

    assert stored(path).kinds == [RecordKind.LOG_RECOVERED, RecordKind.AUDIT_FAILED, RecordKind.READ_FAULT]


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

    assert stored(path).kinds == [RecordKind.LOG_RECOVERED, RecordKind.AUDIT_FAILED, RecordKind.READ_FAULT]
    assert len(list(path.parent.glob("audit.db.broken-*"))) == 1
