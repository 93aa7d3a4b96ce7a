"""The wall clock: it never runs backwards, tells each step once, and says how far it can be believed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.clock import TRUSTED, ClockQuality, WallClock

START = 1_800_000_000.0
A_YEAR = 365 * 24 * 3600.0


class HandSetClock:
    """A system clock and a counter that tests move; setting the one leaves the other."""

    def __init__(self) -> None:
        self.system = START
        self.counter = 100.0
        self.wall = WallClock(system=lambda: self.system, counter=lambda: self.counter)

    def pass_time(self, seconds: float) -> None:
        self.system += seconds
        self.counter += seconds

    def tell(self) -> float:
        return self.wall.now().timestamp()


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


def test_time_is_aware_and_that_of_the_system(clock: HandSetClock) -> None:
    clock.pass_time(5)

    assert clock.wall.now() == datetime.fromtimestamp(START, UTC) + timedelta(seconds=5)


def test_time_goes_on_when_the_clock_jumps_back_a_year(clock: HandSetClock) -> None:
    clock.tell()
    clock.system -= A_YEAR
    clock.pass_time(7)

    assert clock.tell() == pytest.approx(START + 7, abs=0.01)


def test_time_that_is_held_says_so_until_the_clock_is_right_again(clock: HandSetClock) -> None:
    clock.system -= A_YEAR
    clock.tell()
    held = clock.wall.quality()
    clock.system += A_YEAR
    clock.tell()

    assert held is ClockQuality.HELD
    assert clock.wall.quality() is not ClockQuality.HELD


def test_a_jump_back_is_told_once_however_long_it_lasts(clock: HandSetClock) -> None:
    clock.system -= A_YEAR
    told = []
    for _ in range(5):
        clock.pass_time(1)
        clock.tell()
        told.append(clock.wall.take_step())

    assert told == [pytest.approx(-A_YEAR, abs=0.01), None, None, None, None]


def test_a_jump_forward_is_followed_and_told_once(clock: HandSetClock) -> None:
    clock.system += 3600

    assert clock.tell() == pytest.approx(START + 3600, abs=0.01)
    assert [clock.wall.take_step(), clock.wall.take_step()] == [pytest.approx(3600, abs=0.01), None]


def test_slewing_is_no_step(clock: HandSetClock) -> None:
    for _ in range(20):
        clock.pass_time(10)
        clock.system -= 0.5
        clock.tell()

    assert clock.wall.take_step() is None


jumps = st.one_of(st.floats(-1, 1), st.floats(-2 * A_YEAR, 2 * A_YEAR))
moves = st.lists(st.tuples(jumps, st.floats(0, 2)), max_size=20)


@given(moves)
def test_time_never_runs_backwards_whatever_the_system_says(moves: list[tuple[float, float]]) -> None:
    clock = HandSetClock()
    told = [clock.tell()]
    for jump, seconds in moves:
        clock.system += jump
        clock.pass_time(seconds)
        told.append(clock.tell())

    assert told == sorted(told)


def a_clock_started(at: float, *, newest_record: float) -> WallClock:
    return WallClock(not_before=datetime.fromtimestamp(newest_record, UTC), system=lambda: at, counter=lambda: 100.0)


def test_a_clock_a_little_behind_the_newest_record_is_held_there() -> None:
    clock = a_clock_started(START - 100, newest_record=START)

    assert clock.now().timestamp() == pytest.approx(START)
    assert clock.quality() is ClockQuality.HELD
    assert clock.take_step() == pytest.approx(-100)


def test_a_record_lifts_the_clock_by_five_minutes_at_most_and_the_step_is_told() -> None:
    clock = a_clock_started(START - A_YEAR, newest_record=START)

    assert clock.now().timestamp() == pytest.approx(START - A_YEAR + 300, abs=0.01)
    assert clock.quality() is ClockQuality.HELD
    assert clock.take_step() == pytest.approx(-A_YEAR)


def test_a_clock_that_is_ahead_of_the_newest_record_is_believed() -> None:
    clock = a_clock_started(START, newest_record=START - 5)

    assert clock.now().timestamp() == pytest.approx(START)
    assert clock.take_step() is None


def test_a_synchronized_clock_is_believed_whatever_the_newest_record_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "synchronized").touch()
    monkeypatch.setattr("doorctl.clock._SYNCHRONIZED", tmp_path / "synchronized")
    clock = a_clock_started(START - A_YEAR, newest_record=START)

    assert clock.now().timestamp() == pytest.approx(START - A_YEAR)


def test_a_hub_within_five_minutes_makes_the_clock_trusted(clock: HandSetClock) -> None:
    before = clock.wall.quality()
    clock.wall.confirm(START - 300)

    assert (before in TRUSTED, clock.wall.quality()) == (False, ClockQuality.CONFIRMED)
    assert clock.tell() == pytest.approx(START, abs=0.01)


def test_a_hub_that_is_ahead_lifts_the_clock_by_five_minutes_in_all_at_most(clock: HandSetClock) -> None:
    told = []
    for ahead in (200, 400, 600, 800):
        clock.wall.confirm(START + ahead)
        told.append(clock.tell() - START)

    assert told == [pytest.approx(200), pytest.approx(300), pytest.approx(300), pytest.approx(300)]
    assert clock.wall.take_step() is None


def test_a_hub_in_the_far_future_does_no_lasting_harm(clock: HandSetClock) -> None:
    clock.wall.confirm(START + 10 * A_YEAR)
    during = clock.wall.quality()
    clock.wall.confirm(START)

    assert during is ClockQuality.UNSYNCHRONIZED
    assert clock.tell() == pytest.approx(START, abs=0.01)
    assert clock.wall.quality() is ClockQuality.CONFIRMED


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_was_set_is_trusted_again_when_the_hub_has_confirmed_it_again(
    clock: HandSetClock, jump: float
) -> None:
    clock.wall.confirm(START)
    clock.system += jump
    told = clock.tell()
    during = clock.wall.quality()
    clock.wall.confirm(told)

    assert during not in TRUSTED
    assert clock.wall.quality() in TRUSTED


def test_a_clock_lifted_by_the_newest_record_is_lifted_no_further_by_the_hub() -> None:
    clock = a_clock_started(START - A_YEAR, newest_record=START)
    clock.confirm(clock.now().timestamp() + 200)

    assert clock.now().timestamp() == pytest.approx(START - A_YEAR + 300, abs=0.01)
