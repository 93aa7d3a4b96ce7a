"""A log that is full: what the hub holds makes room in whole segments, never what it lacks; floods have a share."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from doorctl.audit.anchor import LogMark
from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog
from doorctl.audit.quota import FLOOD_SHARE, Quota, has_room_for_floods
from doorctl.audit.room import Room
from doorctl.audit.segments import SEGMENT_RECORDS, is_whole, without_segment
from doorctl.audit.tree import Tree
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.database import open_reader
from doorctl.errors import AuditUnavailable
from tests.audit.logs import ADA, STATEMENTS, a_draft, a_log, damage, refusing_writes, stored_from

LONG_AGO = datetime.now(UTC) + timedelta(days=40)
"""When what is written now has been kept for forty days."""
MOST = SEGMENT_RECORDS + 3


def a_grant() -> Draft:
    return STATEMENTS.draft(RecordKind.DECISION, outcome=Outcome.GRANTED, reason=Reason.GRANTED, subject=ADA)


def a_denial() -> Draft:
    return STATEMENTS.draft(RecordKind.DECISION, outcome=Outcome.DENIED, reason=Reason.UNKNOWN_CARD)


@pytest.fixture
def full(path: Path) -> Iterator[AuditLog]:
    """A log with a segment and three records, which is all that it may hold."""
    log = a_log(path, quota=Quota(records=MOST))
    log.append([a_draft(subject=ADA)] * (MOST - 1))
    yield log
    log.close()


def hub_holds(log: AuditLog, path: Path, size: int) -> None:
    """Let the hub hold so much of it; a checkpoint stands at the end alone."""
    with closing(sqlite3.connect(path)) as connection:
        (epoch,) = connection.execute("SELECT epoch FROM log").fetchone()
    log.hub_holds(LogMark(epoch, size, b"any"))


def test_a_full_log_that_the_hub_lacks_takes_no_record(full: AuditLog, path: Path) -> None:
    hub_holds(full, path, SEGMENT_RECORDS - 1)
    for _ in range(2):
        with pytest.raises(AuditUnavailable, match="full of records that the hub lacks"):
            full.append([a_grant()])

    assert stored_from(path).first == 0
    assert full.size == MOST


def test_what_the_hub_holds_makes_room_and_what_was_refused_is_told(full: AuditLog, path: Path) -> None:
    with pytest.raises(AuditUnavailable):
        full.append([a_grant()])
    hub_holds(full, path, SEGMENT_RECORDS)
    numbers = full.append([a_grant()])

    found = stored_from(path)
    assert found.first == SEGMENT_RECORDS
    assert numbers == [MOST + 1]
    assert [leaf.detail for leaf in found.leaves if leaf.kind is RecordKind.AUDIT_FAILED] == [
        "1 records could not be written"
    ]
    assert all(opening.seq >= SEGMENT_RECORDS for opening in found.openings)


def test_what_was_kept_long_enough_goes_when_the_hub_holds_it(full: AuditLog, path: Path) -> None:
    hub_holds(full, path, SEGMENT_RECORDS)
    full.retire(LONG_AGO)

    assert stored_from(path).first == SEGMENT_RECORDS


@pytest.mark.parametrize(("held", "at"), [(SEGMENT_RECORDS - 1, LONG_AGO), (SEGMENT_RECORDS, datetime.now(UTC))])
def test_what_the_hub_lacks_or_is_young_stays(full: AuditLog, path: Path, held: int, at: datetime) -> None:
    hub_holds(full, path, held)
    full.retire(at)

    assert stored_from(path).first == 0


def test_what_the_hub_held_of_another_epoch_makes_no_room(full: AuditLog, path: Path) -> None:
    full.hub_holds(LogMark(1, SEGMENT_RECORDS, b"any"))
    full.retire(LONG_AGO)

    assert stored_from(path).first == 0


def test_a_log_goes_on_after_its_beginning_went(full: AuditLog, path: Path) -> None:
    hub_holds(full, path, SEGMENT_RECORDS)
    full.retire(LONG_AGO)
    full.close()
    with closing(a_log(path, quota=Quota(records=MOST))) as log:
        log.append([a_draft("after")])

    found = stored_from(path)
    assert (found.first, found.size) == (SEGMENT_RECORDS, MOST + 1)
    assert found.leaves[-1].detail == "after"


def test_faults_and_refusals_have_room_for_a_fifth_of_a_log(path: Path) -> None:
    share = int(100 * FLOOD_SHARE)
    with closing(a_log(path, quota=Quota(records=100))) as log:
        log.append([a_grant()] * 50)
        before = log.has_room_for_floods
        log.append([a_denial()] * (share - 1))
        almost = log.has_room_for_floods
        log.append([a_draft()])
        full = log.has_room_for_floods
        log.append([a_grant()])

    assert (before, almost, full) == (True, True, False)


def test_floods_are_counted_over_a_restart_and_leave_with_their_segment(path: Path) -> None:
    quota = Quota(records=2 * SEGMENT_RECORDS)
    with closing(a_log(path, quota=quota)) as log:
        log.append([a_denial()] * SEGMENT_RECORDS)
    with closing(a_log(path, quota=quota)) as log:
        log.append([a_grant()])
        before = log.has_room_for_floods
        hub_holds(log, path, SEGMENT_RECORDS)
        log.retire(LONG_AGO)

        assert (before, log.has_room_for_floods) == (False, True)


def test_the_bytes_of_a_disk_bound_a_log_too() -> None:
    quota = Quota(records=1_000_000, disk_percent=50)

    assert quota.most_records(10_000, used_bytes=1_000_000, disk_bytes=100_000_000) == 500_000
    assert quota.most_records(10_000, used_bytes=1_000_000, disk_bytes=1_000_000_000) == 1_000_000
    assert quota.most_records(10, used_bytes=1_000_000, disk_bytes=1) == 1_000_000


def test_room_for_floods_is_a_share() -> None:
    assert has_room_for_floods(19, 100)
    assert not has_room_for_floods(20, 100)


@given(first=st.integers(0, 3).map(lambda number: number * SEGMENT_RECORDS), size=st.integers(0, 5 * SEGMENT_RECORDS))
def test_a_segment_is_whole_when_something_follows_it(first: int, size: int) -> None:
    assert is_whole(first, size) == (size > first + SEGMENT_RECORDS)


def test_the_frontier_stays_when_segments_go() -> None:
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(2 * SEGMENT_RECORDS)]
    tree = Tree()
    for leaf in leaves:
        tree = tree.append(leaf)

    before = without_segment(without_segment(Tree(), leaves[:SEGMENT_RECORDS]), leaves[SEGMENT_RECORDS:])

    assert before == tree


@pytest.mark.parametrize("count", [0, SEGMENT_RECORDS - 1, SEGMENT_RECORDS + 1])
def test_what_is_no_whole_segment_does_not_go(count: int) -> None:
    with pytest.raises(ValueError, match="a segment has"):
        without_segment(Tree(), [b"leaf"] * count)
    with pytest.raises(ValueError, match="no segment begins"):
        without_segment(Tree().append(b"leaf"), [b"leaf"] * SEGMENT_RECORDS)


def test_a_log_that_may_take_nothing_of_the_disk_is_full_when_it_has_been_measured(path: Path) -> None:
    with closing(a_log(path, quota=Quota(disk_percent=0))) as log:
        log.append([a_grant()] * SEGMENT_RECORDS)
        log.checkpoint_pages()
        with pytest.raises(AuditUnavailable, match="full of records"):
            log.append([a_grant()])


@pytest.mark.parametrize(
    ("free", "room"), [(11, (True, False)), (10, (False, False)), (6, (False, False)), (5, (False, True))]
)
def test_a_disk_that_is_short_takes_no_floods_and_one_almost_full_shuts_strict_doors(
    path: Path, mocker: MockerFixture, capfd: pytest.CaptureFixture[str], free: int, room: tuple[bool, bool]
) -> None:
    disk = mocker.patch("os.statvfs")
    disk.return_value = SimpleNamespace(f_blocks=100, f_frsize=1 << 30, f_bavail=50)
    with closing(a_log(path)) as log:
        log.append([a_grant()])
        disk.return_value.f_bavail = free
        for _ in range(2):
            log.retire(datetime.now(UTC))

        assert (log.has_room_for_floods, log.is_disk_almost_full) == room
    assert capfd.readouterr().err.count("<2>event=disk_nearly_full") == (free <= 10)


def test_a_segment_that_cannot_be_read_stays_and_the_log_goes_on(full: AuditLog, path: Path) -> None:
    hub_holds(full, path, SEGMENT_RECORDS)
    damage(path, "UPDATE records SET leaf = x'7b7d' WHERE seq IN (9, 4095)")
    full.retire(LONG_AGO)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT first FROM log").fetchone() == (0,)


def test_a_disk_that_refuses_to_let_go_of_a_segment_ends_nothing(full: AuditLog, path: Path) -> None:
    hub_holds(full, path, SEGMENT_RECORDS)
    with refusing_writes(path):
        full.retire(LONG_AGO)
    full.append([])
    full.retire(LONG_AGO)

    assert stored_from(path).first == SEGMENT_RECORDS


def test_the_room_of_a_long_log_is_measured_without_reading_it(log: AuditLog, path: Path) -> None:
    log.append([a_draft()] * SEGMENT_RECORDS)
    steps: list[int] = []
    with closing(open_reader(path)) as connection:
        connection.set_progress_handler(lambda: steps.append(1), 10)
        Room(path, Quota()).measure(connection)

    assert len(steps) < SEGMENT_RECORDS / 100
