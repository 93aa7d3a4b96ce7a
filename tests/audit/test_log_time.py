"""What a log tells of time: its epochs rise with the clock, its newest record says when it was written."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from doorctl.audit.log import AuditLog
from doorctl.audit.log_time import new_epoch, newest_record_time
from tests.audit.logs import a_draft, a_log, damage, stored


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
