"""A log that lacks what its anchor or the hub knows of it is put aside, and the next says how many are lost."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.anchor import LogMark, read_anchor, write_anchor
from doorctl.audit.leaf import Leaf, TreeMark
from doorctl.audit.log import AuditLog
from doorctl.core.records import RecordKind
from tests.audit.logs import CONTROLLER, a_draft, a_log, damage, refusing_writes, stored


@pytest.fixture
def grown(path: Path) -> Iterator[AuditLog]:
    """A log with ten records in five commits; a copy of how it was after the third commit, with six, is beside."""
    log = a_log(path)
    for commit in range(5):
        if commit == 3:
            log.checkpoint_pages()
            shutil.copy(path, path.with_name("earlier.db"))
        log.append([a_draft(f"{commit}.{number}") for number in range(2 - (commit == 0))])
    yield log
    log.close()


def mark_of(path: Path) -> LogMark:
    found = stored(path)
    return LogMark(found.epoch, found.size, found.root)


def go_back(path: Path) -> None:
    """Let the log be what it was earlier, as a disk does that kept an older file."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(path.with_name("earlier.db"), path)


def recovered(path: Path) -> Leaf:
    """Return the first record, which says what was lost."""
    leaf = stored(path).leaves[0]
    assert leaf.kind is RecordKind.LOG_RECOVERED
    return leaf


def as_tree(mark: LogMark) -> TreeMark:
    return TreeMark(CONTROLLER, mark.epoch, mark.size, mark.root.hex())


def test_the_anchor_says_what_the_log_is(grown: AuditLog, path: Path) -> None:
    grown.close()

    assert read_anchor(path.with_suffix(".anchor")) == mark_of(path)


def test_a_log_that_is_as_long_as_its_anchor_goes_on(grown: AuditLog, path: Path) -> None:
    grown.close()
    epoch = stored(path).epoch
    grown.append([a_draft("after")])

    assert (stored(path).epoch, stored(path).size) == (epoch, 11)


def test_a_log_that_is_longer_than_its_anchor_goes_on(grown: AuditLog, path: Path) -> None:
    earlier = mark_of(path.with_name("earlier.db"))
    grown.close()
    write_anchor(path.with_suffix(".anchor"), earlier)
    grown.append([a_draft("after")])

    assert stored(path).size == 11


def test_a_log_that_is_shorter_than_its_anchor_says_how_many_records_are_lost(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    grown.close()
    go_back(path)
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    (aside,) = path.parent.glob("audit.db.broken-*")
    found = recovered(path)
    assert found.detail == f"lost=4 why=shorter kept={aside.name}"
    assert found.tree == as_tree(known)
    assert found.epoch > known.epoch
    assert stored(aside).size == 6


def test_a_log_with_another_root_than_its_anchor_is_put_aside(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    grown.close()
    other = LogMark(known.epoch, 8, bytes(32))
    write_anchor(path.with_suffix(".anchor"), other)
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    assert recovered(path).detail.startswith("lost=unknown why=other-root kept=")
    assert recovered(path).tree == as_tree(other)


def test_an_older_log_than_the_anchor_s_is_put_aside(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    grown.close()
    later = LogMark(known.epoch + (1 << 40), 3, bytes(32))
    write_anchor(path.with_suffix(".anchor"), later)
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    assert recovered(path).detail.startswith("lost=3 why=older-epoch kept=")
    assert recovered(path).epoch > later.epoch


def test_a_log_that_is_gone_is_missed(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    grown.close()
    path.unlink()
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    assert (recovered(path).detail, recovered(path).tree) == ("lost=10 why=missing", as_tree(known))
    assert recovered(path).epoch > known.epoch


def test_of_a_damaged_log_what_can_still_be_read_is_not_lost(grown: AuditLog, path: Path) -> None:
    grown.close()
    damage(path, "DELETE FROM records WHERE seq = 7")
    damage(path, "UPDATE log SET root = zeroblob(32), size = 99")
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    assert recovered(path).detail.startswith("lost=4 why=unreadable kept=")


def test_what_was_lost_is_told_although_the_first_try_to_tell_it_fails(grown: AuditLog, path: Path) -> None:
    grown.close()
    go_back(path)
    first = a_log(path)
    first._open()  # as far as a process comes that is killed before its first commit
    first.close()
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    assert recovered(path).detail == "lost=4 why=missing"


def test_a_log_without_an_anchor_goes_on(grown: AuditLog, path: Path) -> None:
    grown.close()
    path.with_suffix(".anchor").unlink()
    go_back(path)
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])

    assert stored(path).kinds[0] is RecordKind.LOG_OPENED


def test_what_the_hub_holds_is_missed_at_once(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    grown.close()
    path.with_suffix(".anchor").unlink()
    go_back(path)
    with closing(a_log(path)) as log:
        log.append([a_draft("boot")])
        log.hub_holds(known)

        assert stored(path).kinds == [RecordKind.LOG_RECOVERED]
        assert recovered(path).detail.startswith("lost=3 why=shorter kept=")
        assert recovered(path).tree == as_tree(known)


def test_another_root_at_the_hub_begins_a_new_epoch(grown: AuditLog, path: Path) -> None:
    known = mark_of(path.with_name("earlier.db"))
    grown.hub_holds(LogMark(known.epoch, known.size, bytes(32)))

    assert recovered(path).detail.startswith("lost=unknown why=other-root kept=")


def test_what_the_hub_holds_and_is_here_changes_nothing(grown: AuditLog, path: Path) -> None:
    before = mark_of(path)
    for known in (mark_of(path.with_name("earlier.db")), before, LogMark(before.epoch - 1, 99, bytes(32))):
        grown.hub_holds(known)
    grown.append([a_draft("after")])

    assert (stored(path).epoch, stored(path).size) == (before.epoch, 11)


def test_the_hub_s_word_is_remembered_with_the_next_record(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    grown.hub_holds(known)
    grown.append([a_draft("after")])
    grown.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT epoch, size, root FROM state_hub").fetchall() == [
            (known.epoch, known.size, known.root)
        ]


def test_a_loss_that_cannot_be_told_now_is_told_with_the_next_record(grown: AuditLog, path: Path) -> None:
    known = mark_of(path)
    more = LogMark(known.epoch, known.size + 5, bytes(32))
    with refusing_writes(path):
        grown.hub_holds(more)
    grown.append([a_draft("after")])

    assert stored(path).kinds[0] is RecordKind.LOG_RECOVERED


def test_an_epoch_that_no_later_one_could_follow_is_not_believed(grown: AuditLog, path: Path) -> None:
    before = mark_of(path)
    grown.hub_holds(LogMark(2**53 - 1, 1, bytes(32)))
    grown.append([a_draft("after")])

    assert stored(path).epoch == before.epoch
