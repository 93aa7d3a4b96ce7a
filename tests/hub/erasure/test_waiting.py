"""An erasure that waits for room on the hub's disk, or for others: the hub does not stand still for it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from doorctl.wire.privacy import PersonErase
from tests.hub.builders import ASite, later
from tests.hub.disks import LARGE, ADisk, a_disk_of
from tests.hub.erasure.conftest import ADA, GRACE, APeopledSite

MINUTE = 60
_SWEPT = "SELECT holder FROM erased_people WHERE swept_at NOT NULL ORDER BY holder"


@contextmanager
def vacuums(site: ASite) -> Iterator[list[str]]:
    """Tell how often the database is written anew."""
    seen: list[str] = []
    site.connection.set_trace_callback(lambda said: seen.append(said) if said.startswith("VACUUM") else None)
    yield seen
    site.connection.set_trace_callback(None)


@contextmanager
def a_database_in_use(site: ASite) -> Iterator[None]:
    """Read with the hub's own connection, so that SQLite refuses to write the database anew."""
    reading = site.connection.execute("SELECT leaf FROM records")
    reading.fetchone()
    yield
    reading.close()


@pytest.fixture
def disk(peopled: APeopledSite) -> ADisk:
    return a_disk_of(peopled.site)


def held_bytes(site: ASite) -> int:
    ((pages,),), ((size,),) = site.rows("PRAGMA page_count"), site.rows("PRAGMA page_size")
    return int(str(pages)) * int(str(size))


def test_without_room_the_database_is_not_written_anew_until_there_is(peopled: APeopledSite, disk: ADisk) -> None:
    peopled.site.ask(PersonErase(ADA))
    with vacuums(peopled.site) as seen:
        disk.free = 4096
        peopled.site.hub.tick(later(1))
        without_room = len(seen)
        disk.free = LARGE
        peopled.site.hub.tick(later(1 + MINUTE))

    assert (without_room, len(seen)) == (0, 1)
    assert peopled.site.rows(_SWEPT) == [(ADA,)]


def test_room_for_one_copy_of_two_is_none(peopled: APeopledSite, disk: ADisk) -> None:
    peopled.site.ask(PersonErase(ADA))
    disk.free = held_bytes(peopled.site)
    peopled.site.hub.tick(later(1))

    assert peopled.site.rows(_SWEPT) == []


def test_what_fails_is_tried_ever_more_rarely(peopled: APeopledSite) -> None:
    peopled.site.ask(PersonErase(ADA))
    with vacuums(peopled.site) as seen, a_database_in_use(peopled.site):
        for minute in range(32):
            peopled.site.hub.tick(later(1 + minute * MINUTE))

    assert len(seen) == len([0, 1, 3, 7, 15, 31])


def test_the_longest_wait_is_six_hours(peopled: APeopledSite) -> None:
    peopled.site.ask(PersonErase(ADA))
    with vacuums(peopled.site) as seen, a_database_in_use(peopled.site):
        for hour in range(0, 10 * 24, 6):
            peopled.site.hub.tick(later(1) + timedelta(hours=hour))

    assert len(seen) == 40


def test_the_third_try_that_fails_is_an_alarm(peopled: APeopledSite, capfd: pytest.CaptureFixture[str]) -> None:
    peopled.site.ask(PersonErase(ADA))
    with a_database_in_use(peopled.site):
        for minute in (0, 1, 3):
            peopled.site.hub.tick(later(1 + minute * MINUTE))

    lines = [line for line in capfd.readouterr().err.splitlines() if "erasure_waits" in line]
    assert [line[:3] for line in lines] == ["<4>", "<4>", "<2>"]


def test_another_erasure_waits_with_one_that_failed(peopled: APeopledSite) -> None:
    with vacuums(peopled.site) as seen:
        peopled.site.ask(PersonErase(ADA))
        with a_database_in_use(peopled.site):
            peopled.site.hub.tick(later(1))
        peopled.site.ask(PersonErase(GRACE))
        peopled.site.hub.tick(later(2))
        meanwhile = len(seen)
        peopled.site.hub.tick(later(1 + MINUTE))

    assert (meanwhile, len(seen)) == (1, 2)
    assert peopled.site.rows(_SWEPT) == [(ADA,), (GRACE,)]


def test_one_after_the_other_is_erased_at_once_when_a_minute_is_over(peopled: APeopledSite) -> None:
    with vacuums(peopled.site) as seen:
        peopled.erase()
        peopled.site.ask(PersonErase(GRACE))
        for second in range(2, MINUTE + 2):
            peopled.site.hub.tick(later(second))

    assert len(seen) == 2
    assert peopled.site.rows(_SWEPT) == [(ADA,), (GRACE,)]


def a_copy_for_a_backup(site: ASite) -> Path:
    """Leave what a backup that was killed has left."""
    folder = site.path.parent / "backup.work"
    folder.mkdir()
    (folder / "site.db").write_text("Ada")
    return folder


def test_what_a_killed_backup_has_left_goes_too(peopled: APeopledSite) -> None:
    copy = a_copy_for_a_backup(peopled.site)

    peopled.site.ask(PersonErase(ADA))
    peopled.site.hub.tick(later(1))

    assert (copy.exists(), peopled.site.rows(_SWEPT)) == (False, [(ADA,)])


def test_a_backup_that_is_being_made_is_waited_for(peopled: APeopledSite) -> None:
    copy = a_copy_for_a_backup(peopled.site)
    peopled.site.ask(PersonErase(ADA))
    with (copy.parent / "backup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        peopled.site.hub.tick(later(1))
        meanwhile = peopled.site.rows(_SWEPT), copy.exists()
    peopled.site.hub.tick(later(1 + MINUTE))

    assert (meanwhile, peopled.site.rows(_SWEPT), copy.exists()) == (([], True), [(ADA,)], False)
