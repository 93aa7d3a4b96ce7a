"""A ratio is one of four levels, whatever the parts' tolerances, and none of them chatters at its bounds."""

from itertools import pairwise, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firmware_bridge.supervised_line import (
    LEAST_GAP,
    AlarmWhen,
    Level,
    LineState,
    Resistors,
    SupervisedInput,
    UnreadableResistors,
    level_of,
    ohms,
    ratio_of,
    read_resistors,
    state_of,
)

FIELD_PAIRS = ("1k/1k", "2k2/2k2", "2k2/4k7", "2k2/8k2", "3k3/3k3", "4k7/4k7", "4k7/12k", "5k6/5k6", "10k/10k")
WIRE_OHMS = (0.0, 50.0)
ratios = st.floats(0, 1)
levels = st.none() | st.sampled_from(Level)


@st.composite
def all_resistors(draw: st.DrawFn) -> Resistors:
    values = st.floats(100, 100_000)
    resistors = Resistors(draw(values), draw(values), draw(values))
    assume(resistors.narrowest_gap >= LEAST_GAP)
    return resistors


@pytest.mark.parametrize("pair", FIELD_PAIRS)
def test_parts_of_five_percent_and_long_wires_look_like_nothing_else(pair: str) -> None:
    nominal = read_resistors(pair, "4k7")
    for series, parallel, pull_up, wire in product((0.95, 1.05), (0.95, 1.05), (0.95, 1.05), WIRE_OHMS):
        real = Resistors(nominal.series * series + wire, nominal.parallel * parallel, nominal.pull_up * pull_up)
        _, closed, is_open, _ = real.ratios
        shorted = wire / (real.pull_up + wire)

        for before in (None, *Level):
            told = [level_of(ratio, nominal, before) for ratio in (shorted, closed, is_open, 1.0)]

            assert told == list(Level)


@given(all_resistors(), st.lists(ratios, min_size=2))
def test_a_higher_ratio_is_never_a_lower_level(resistors: Resistors, values: list[float]) -> None:
    told = [level_of(ratio, resistors) for ratio in sorted(values)]

    assert all(below <= above for below, above in pairwise(told))


@given(all_resistors(), ratios, levels)
def test_every_ratio_is_a_level_near_it(resistors: Resistors, ratio: float, before: Level | None) -> None:
    level = level_of(ratio, resistors, before)
    lowest, highest = list(pairwise((0.0, *resistors.bounds, 1.0)))[level]

    assert lowest - resistors.narrowest_gap / 4 <= ratio <= highest + resistors.narrowest_gap / 4


@given(all_resistors(), st.sampled_from((0, 1, 2)), st.lists(st.floats(-1, 1), min_size=1, max_size=40))
def test_noise_at_a_bound_moves_a_level_once_at_most(resistors: Resistors, bound: int, noise: list[float]) -> None:
    level, told = Level(bound), []
    for each in noise:
        ratio = resistors.bounds[bound] + each * resistors.narrowest_gap / 8
        level = level_of(min(1.0, max(0.0, ratio)), resistors, level)
        told.append(level)

    assert len({Level(bound), *told}) == 1


@given(all_resistors(), st.sampled_from(AlarmWhen), st.sampled_from(Level))
def test_a_level_goes_to_its_state_and_back(resistors: Resistors, alarm_when: AlarmWhen, level: Level) -> None:
    state = state_of(level, alarm_when)

    assert level_of(ratio_of(state, SupervisedInput("front.rex", resistors, alarm_when)), resistors) is level


def test_the_contact_tells_alarm_by_the_position_that_the_site_names() -> None:
    told = {when: [state_of(level, when) for level in Level] for when in AlarmWhen}

    assert told == {
        AlarmWhen.OPEN: [LineState.SHORT, LineState.NORMAL, LineState.ALARM, LineState.OPEN_LINE],
        AlarmWhen.CLOSED: [LineState.SHORT, LineState.ALARM, LineState.NORMAL, LineState.OPEN_LINE],
    }


@pytest.mark.parametrize(
    ("text", "value"), [("2k2", 2200), ("4k7", 4700), ("1k", 1000), ("10k", 10_000), ("470R", 470), ("1k05", 1050)]
)
def test_a_resistance_is_read_as_it_stands_on_the_part(text: str, value: float) -> None:
    assert ohms(text) == value


@pytest.mark.parametrize("text", ["", "2200", "2.2k", "k2", "99R", "101k", "2K2", "2k2k", "1M", "٢k2", "2k222"])
def test_a_resistance_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UnreadableResistors, match="100R to 100k"):
        ohms(text)


@pytest.mark.parametrize(
    ("pair", "pull_up", "why"),
    [
        ("2k2", "4k7", "is no pair"),
        ("2k2/", "4k7", "no resistance"),
        ("2k2/4k7/1k", "4k7", "no resistance"),
        ("1k/1k", "47k", "take a pull-up near"),
        ("47k/100R", "4k7", "take a pull-up near"),
    ],
)
def test_resistors_that_tell_nothing_apart_are_refused(pair: str, pull_up: str, why: str) -> None:
    with pytest.raises(UnreadableResistors, match=why):
        read_resistors(pair, pull_up)
