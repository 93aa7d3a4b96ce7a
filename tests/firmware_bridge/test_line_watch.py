"""A state of a line counts when it has lasted; a line that is not heard, or never stands still, has a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.line_watch import (
    CALM_SECONDS,
    SILENCE_SECONDS,
    START_SECONDS,
    UNSTEADY_MOVES,
    LineWatch,
)
from firmware_bridge.reader_events import LineChanged
from firmware_bridge.supervised_line import AlarmWhen, LineState, SupervisedInput, ratio_of, read_resistors

EVERY = 0.05
FOUR = (LineState.NORMAL, LineState.ALARM, LineState.OPEN_LINE, LineState.SHORT)


def an_input(name: str = "front.contact", *, debounce_ms: int = 30) -> SupervisedInput:
    return SupervisedInput(name, read_resistors("2k2/4k7", "4k7"), AlarmWhen.OPEN, debounce_ms)


class Watched:
    """One line that is read each 50 ms, and what was told of it."""

    def __init__(self, *, debounce_ms: int = 30) -> None:
        self.wired = an_input(debounce_ms=debounce_ms)
        self.watch = LineWatch({0: self.wired})
        self.now = 100.0
        self.watch.begin(self.now)
        self.told: list[LineChanged] = []

    def read(self, *states: LineState) -> None:
        for state in states:
            self.now += EVERY
            self.told += self.watch.take({0: ratio_of(state, self.wired)}, self.now)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 0.01
            self.told += self.watch.tick(self.now)

    @property
    def states(self) -> list[LineState]:
        return [change.state for change in self.told]


@pytest.fixture
def line() -> Watched:
    return Watched()


def test_the_first_state_is_initial_and_the_next_a_change(line: Watched) -> None:
    line.read(*[LineState.NORMAL] * 3, *[LineState.ALARM] * 3)

    assert [(change.name, change.state, change.initial) for change in line.told] == [
        ("front.contact", LineState.NORMAL, True),
        ("front.contact", LineState.ALARM, False),
    ]


@pytest.mark.parametrize("state", FOUR)
def test_a_state_counts_from_its_second_reading(line: Watched, state: LineState) -> None:
    line.read(state)
    before = line.states
    line.read(state)

    assert (before, line.states) == ([], [state])


@pytest.mark.parametrize("odd", FOUR[1:])
def test_one_odd_reading_is_nothing(line: Watched, odd: LineState) -> None:
    line.read(*[LineState.NORMAL] * 5, odd, *[LineState.NORMAL] * 5)

    assert line.states == [LineState.NORMAL]


def test_a_state_counts_after_its_debounce_time() -> None:
    line = Watched(debounce_ms=200)
    line.read(*[LineState.ALARM] * 4)
    before = line.states
    line.read(LineState.ALARM)

    assert (before, line.states) == ([], [LineState.ALARM])


def test_without_debouncing_the_first_reading_counts() -> None:
    line = Watched(debounce_ms=0)
    line.read(LineState.SHORT, LineState.NORMAL)

    assert line.states == [LineState.SHORT, LineState.NORMAL]


def test_a_line_that_is_not_read_any_more_is_silent_once(line: Watched) -> None:
    line.read(*[LineState.NORMAL] * 3)
    line.wait(SILENCE_SECONDS - 0.1)
    before = line.states
    line.wait(3.0)

    assert (before, line.states) == ([LineState.NORMAL], [LineState.NORMAL, LineState.SILENT])


def test_a_line_that_was_silent_tells_again_what_it_is(line: Watched) -> None:
    line.read(*[LineState.NORMAL] * 3)
    line.wait(2.0)
    line.read(*[LineState.NORMAL] * 3)

    assert line.states == [LineState.NORMAL, LineState.SILENT, LineState.NORMAL]


def test_a_line_that_is_never_heard_is_silent_when_its_bridge_had_time_to_start(line: Watched) -> None:
    line.wait(START_SECONDS - 0.1)
    before = line.states
    line.wait(0.2)

    assert (before, line.states) == ([], [LineState.SILENT])


def test_a_bridge_that_is_gone_leaves_its_lines_silent_at_once(line: Watched) -> None:
    line.read(*[LineState.ALARM] * 3)
    lost = line.watch.lose(line.now)

    assert [change.state for change in lost] == [LineState.SILENT]
    assert line.watch.lose(line.now) == ()


def test_a_bridge_that_is_not_there_yet_has_time_to_appear() -> None:
    line = Watched()
    watch = LineWatch({0: line.wired})

    assert watch.lose(50.0) == ()
    assert watch.tick(50.0 + START_SECONDS - 0.1) == ()
    assert [change.state for change in watch.tick(50.0 + START_SECONDS + 0.1)] == [LineState.SILENT]


def test_channels_that_are_nobodys_are_passed_over(line: Watched) -> None:
    assert line.watch.take({1: 0.5, 7: 0.0}, 101.0) == ()
    assert line.watch.channels == (0,)


def test_a_line_that_flickers_is_unsteady_until_it_stands_still(line: Watched) -> None:
    line.read(*[LineState.NORMAL] * 3)
    line.read(*[LineState.ALARM, LineState.NORMAL] * UNSTEADY_MOVES)
    flickering = line.states
    line.read(*[LineState.NORMAL] * (round(CALM_SECONDS / EVERY) + 2))

    assert flickering == [LineState.NORMAL, LineState.UNSTEADY]
    assert line.states == [LineState.NORMAL, LineState.UNSTEADY, LineState.NORMAL]


def test_a_button_that_is_pressed_again_and_again_is_not_unsteady(line: Watched) -> None:
    line.read(*[LineState.NORMAL] * 3)
    line.read(*([LineState.ALARM] * 2 + [LineState.NORMAL] * 2) * 30)

    assert LineState.UNSTEADY not in line.states
    assert line.states.count(LineState.ALARM) == 30


@given(st.lists(st.sampled_from(FOUR), max_size=80))
def test_nothing_is_told_twice_and_what_lasts_is_told_in_the_end(readings: list[LineState]) -> None:
    line = Watched()
    line.read(*readings)
    line.read(*[LineState.SHORT] * 25)

    assert line.states[-1] is LineState.SHORT
    assert all(one is not other for one, other in zip(line.states, line.states[1:], strict=False))
    assert [change.initial for change in line.told] == [True, *[False] * (len(line.told) - 1)]
