"""What opens the records of a quiet door goes when it was kept long enough and the hub holds it; the leaves stay."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from doorctl.audit.anchor import LogMark
from doorctl.audit.leaf import Draft, written
from doorctl.audit.log import AuditLog
from doorctl.audit.quota import Quota
from doorctl.audit.stale_openings import REST, STEP_RECORDS
from doorctl.database import open_reader
from tests.audit.logs import ADA, a_draft, a_log, damage, files_with, refusing_writes, stored

NOW = datetime.now(UTC)
DAYS = 30
OLD, YOUNG = NOW - timedelta(days=DAYS, seconds=1), NOW - timedelta(days=DAYS - 1)


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    log = a_log(path, quota=Quota(keep_days=DAYS))
    yield log
    log.close()


def about_ada(at: datetime) -> Draft:
    """A record about Ada, of this time."""
    draft = a_draft(subject=ADA)
    return msgspec.structs.replace(draft, statement=msgspec.structs.replace(draft.statement, at=written(at)))


def write(log: AuditLog, *times: datetime) -> None:
    """Write a record of each time; the log's own first record takes the time of the first of them."""
    log.append([about_ada(at) for at in times])


def hub_holds(log: AuditLog, path: Path, *, but: int = 0) -> None:
    """Let the hub hold all records, or all but the last few."""
    found = stored(path)
    log.hub_holds(LogMark(found.epoch, found.size - but, b"any" if but else found.root))


def rest(log: AuditLog, *, at: datetime = NOW, times: int = 4) -> None:
    """Let the writer have nothing to do for a while."""
    for _ in range(times):
        log.retire(at)


def opened(path: Path) -> list[int]:
    """Return which records can still be opened; prove that every leaf is there."""
    return [opening.seq for opening in stored(path).openings]


def test_what_was_kept_long_enough_goes_from_a_door_that_is_quiet(log: AuditLog, path: Path) -> None:
    write(log, OLD, OLD, YOUNG)
    before = stored(path)
    hub_holds(log, path)
    rest(log)

    assert opened(path) == [before.size - 1]
    assert stored(path).raw == before.raw


def test_no_byte_of_it_is_left_in_any_file(log: AuditLog, path: Path) -> None:
    write(log, *[OLD] * 300)
    salts = [opening.salt for opening in stored(path).openings]
    hub_holds(log, path)
    rest(log)

    assert files_with(path.parent, ADA.encode(), *salts) == []


def test_what_the_hub_lacks_stays(log: AuditLog, path: Path) -> None:
    write(log, OLD, OLD)
    last = stored(path).size - 1
    hub_holds(log, path, but=1)
    rest(log)

    assert opened(path) == [last]


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ((OLD, YOUNG, OLD), 2),
        ((OLD, NOW + timedelta(days=400), YOUNG), 1),
        ((YOUNG, OLD, OLD), 3),
        ((NOW + timedelta(days=400), OLD, YOUNG), 1),
        ((NOW + timedelta(days=400), YOUNG), 2),
    ],
)
def test_a_record_is_as_new_as_the_newest_before_it_and_never_of_tomorrow(
    path: Path, times: tuple[datetime, ...], kept: int
) -> None:
    with closing(a_log(path, quota=Quota(keep_days=DAYS))) as log:
        write(log, *times)
        hub_holds(log, path)
        rest(log)

    assert len(opened(path)) == kept


def test_a_long_log_goes_in_short_steps(log: AuditLog, path: Path) -> None:
    write(log, *[OLD] * (2 * STEP_RECORDS))
    hub_holds(log, path)
    rest(log, times=1)

    assert opened(path)[0] == STEP_RECORDS


def test_after_all_is_done_an_hour_is_rested_whatever_the_clock_does(log: AuditLog, path: Path) -> None:
    almost = NOW - timedelta(days=DAYS) + timedelta(minutes=1)
    write(log, OLD, almost)
    last = stored(path).size - 1
    hub_holds(log, path)
    rest(log)
    rest(log, at=NOW + REST - timedelta(seconds=1))
    rested = opened(path)
    rest(log, at=NOW + REST)

    assert (rested, opened(path)) == ([last], [])


def test_a_clock_that_is_set_back_does_not_prolong_the_rest(log: AuditLog, path: Path) -> None:
    write(log, NOW - timedelta(days=2 * DAYS))
    rest(log, at=NOW + timedelta(hours=2))
    hub_holds(log, path)
    rest(log)

    assert opened(path) == []


def test_a_new_epoch_is_looked_at_from_its_beginning_on(log: AuditLog, path: Path) -> None:
    write(log, *[OLD] * 9)
    hub_holds(log, path)
    rest(log)
    log.hub_holds(LogMark(stored(path).epoch, stored(path).size, b"another root"))
    write(log, OLD)
    hub_holds(log, path)
    rest(log)

    assert opened(path) == []


def test_no_swipe_waits_for_the_beginning_of_a_write_ahead_log(log: AuditLog, path: Path) -> None:
    write(log, *[OLD] * 200)
    hub_holds(log, path)
    rest(log)

    assert 0 < path.with_name("audit.db-wal").stat().st_size < 20_000


def test_what_a_door_left_that_ended_amid_it_goes_with_the_next_start(log: AuditLog, path: Path) -> None:
    write(log, OLD)
    hub_holds(log, path)
    with closing(open_reader(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM openings").fetchone()
        rest(log)
        log.close()
        reader.execute("COMMIT")
        with closing(a_log(path, quota=Quota(keep_days=DAYS))) as again:
            again.append([])
            rest(again)

            assert files_with(path.parent, ADA.encode()) == []


def test_a_start_begins_again_where_the_last_one_ended(log: AuditLog, path: Path) -> None:
    write(log, *[OLD] * (STEP_RECORDS + 9))
    hub_holds(log, path)
    rest(log, times=1)
    log.append([a_draft()])
    log.close()
    with closing(a_log(path, quota=Quota(keep_days=DAYS))) as again:
        again.append([a_draft()])
        rest(again)

    assert opened(path) == []


def test_a_record_that_cannot_be_read_holds_nothing_up(log: AuditLog, path: Path) -> None:
    write(log, OLD, OLD, OLD)
    hub_holds(log, path)
    damage(path, "UPDATE records SET leaf = x'7b7d' WHERE seq = 1")
    rest(log)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM openings WHERE subject NOT GLOB 'wiped:*'").fetchone() == (0,)


def test_a_disk_that_refuses_is_asked_again(log: AuditLog, path: Path) -> None:
    write(log, OLD, OLD)
    hub_holds(log, path)
    with refusing_writes(path):
        rest(log, times=1)
    refused = opened(path)
    log.append([a_draft()])
    rest(log)

    assert (len(refused), opened(path)) == (2, [])


def test_a_reader_in_the_way_is_waited_for(log: AuditLog, path: Path) -> None:
    write(log, OLD)
    hub_holds(log, path)
    with closing(open_reader(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM openings").fetchone()
        rest(log)
        reader.execute("COMMIT")
        rest(log, times=1)

    assert files_with(path.parent, ADA.encode()) == []
