"""The log on disk: groups, numbers, checkpoints and openings hold together, whatever fails in between."""

from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.log import AuditLog
from doorctl.core.records import RecordKind
from doorctl.database import open_writer
from doorctl.errors import AuditUnavailable
from tests.audit.logs import ADA, a_draft, a_log, refusing_writes, stored


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
