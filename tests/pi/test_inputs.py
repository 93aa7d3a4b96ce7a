"""Contact and REX, driven at the pins from outside: leaving, opening, held open and forced open are what they are."""

from collections.abc import Iterator

import pytest

from doorctl.core.records import RecordKind
from tests.pi.conftest import Figures
from tests.pi.pi_site import PiSite
from tests.system.site import CARD

STRIKE, CONTACT, REX = 17, 22, 25
OPEN, CLOSED = 1, 0
UNLOCK_SECONDS = 3.0


@pytest.fixture
def held(doors: PiSite) -> Iterator[int]:
    """Give how many records the hub held before; close the door afterwards, and wait until it is locked."""
    yield len(doors.held())
    doors.pi.drive(CONTACT, CLOSED)
    doors.wait_for_level(STRIKE, 0)


def kinds_until(doors: PiSite, last: RecordKind, *, after: int) -> list[RecordKind]:
    """Wait for a record; return what the door has told until then."""
    doors.wait_for_record(lambda it: it.kind is last, after=after)
    told = [leaf.kind for leaf in doors.held()[after:] if leaf.door == "floor-3"]
    return told[: told.index(last) + 1]


def test_whoever_leaves_by_rex_releases_the_strike(doors: PiSite, held: int, figures: Figures) -> None:
    since = doors.trace().now
    doors.pi.drive(REX, 1)
    doors.wait_for_level(STRIKE, 1)
    doors.pi.drive(REX, 0)
    doors.wait_for_level(STRIKE, 0)

    (pulse,) = doors.trace().pulses(STRIKE, since=since)
    assert pulse.lasted(UNLOCK_SECONDS), pulse
    figures["pulses"].append([f"REX at floor-3, {UNLOCK_SECONDS:g} s", pulse.seconds, pulse.slack])
    assert RecordKind.REX in kinds_until(doors, RecordKind.RELEASED, after=held)


def test_a_door_that_opens_is_locked_again_and_told_when_it_is_held(doors: PiSite, held: int) -> None:
    since = doors.trace().now
    doors.readers.swipe("floor-3-in", CARD)
    doors.wait_for_level(STRIKE, 1)
    doors.pi.drive(CONTACT, OPEN)
    doors.wait_for_level(STRIKE, 0)

    (pulse,) = doors.trace().pulses(STRIKE, since=since)
    assert pulse.seconds < UNLOCK_SECONDS
    told = kinds_until(doors, RecordKind.HELD_OPEN, after=held)
    assert RecordKind.OPENED in told
    assert RecordKind.FORCED_OPEN not in told
    doors.pi.drive(CONTACT, CLOSED)
    doors.wait_for_record(lambda it: it.kind is RecordKind.HELD_ENDED, after=held)


def test_a_door_that_nobody_released_is_forced(doors: PiSite, held: int) -> None:
    since = doors.trace().now
    doors.pi.drive(CONTACT, OPEN)

    assert RecordKind.OPENED not in kinds_until(doors, RecordKind.FORCED_OPEN, after=held)
    assert STRIKE not in doors.trace().moved(since=since)
