"""So many wrong PINs one after the other block for a while, and no clock makes that for ever."""

from dataclasses import replace
from datetime import timedelta

from doorctl.core.rules.wrong_pins import WrongPins, is_blocked, with_another
from tests.core.builders import FLOOR_3, NOON

ZONE = replace(FLOOR_3, pin_tries=3, pin_block_seconds=60)
SECOND = timedelta(seconds=1)


def after(count: int, *, every: timedelta = SECOND) -> WrongPins | None:
    """Enter so many wrong PINs, the last of them at noon."""
    wrong = None
    for number in range(count):
        wrong = with_another(wrong, NOON - (count - 1 - number) * every, ZONE)
    return wrong


def test_so_many_in_a_row_block_and_fewer_do_not() -> None:
    assert not is_blocked(None, NOON, ZONE)
    assert not is_blocked(after(2), NOON, ZONE)
    assert is_blocked(after(3), NOON, ZONE)


def test_the_block_ends_with_its_time() -> None:
    assert is_blocked(after(3), NOON + 59 * SECOND, ZONE)
    assert not is_blocked(after(3), NOON + 60 * SECOND, ZONE)


def test_mistakes_that_are_made_now_and_then_block_nobody() -> None:
    assert is_blocked(after(3, every=9 * SECOND), NOON, ZONE)
    assert not is_blocked(after(100, every=20 * SECOND), NOON, ZONE)


def test_tries_that_come_a_little_faster_than_they_are_forgotten_block_in_the_end() -> None:
    assert is_blocked(after(100, every=19 * SECOND), NOON, ZONE)


def test_a_zone_that_bears_none_blocks_with_the_first() -> None:
    assert is_blocked(after(1), NOON, replace(ZONE, pin_tries=1))


def test_after_the_block_counting_begins_anew() -> None:
    assert with_another(after(3), NOON + 60 * SECOND, ZONE) == WrongPins(1, NOON + 60 * SECOND)


def test_a_clock_that_goes_back_a_little_keeps_the_block_and_one_set_back_far_ends_it() -> None:
    assert is_blocked(after(3), NOON - 59 * SECOND, ZONE)
    assert not is_blocked(after(3), NOON - timedelta(days=3650), ZONE)
