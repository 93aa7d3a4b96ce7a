"""Pauses between connections: longer while nothing comes of them, short again after one that was of use."""

from itertools import pairwise

import pytest

from doorctl.mqtt.pauses import FIRST_SPAN_SECONDS, LONGEST_SPAN_SECONDS, STEADY_SECONDS, Pauses


def test_pauses_double_up_to_the_longest() -> None:
    pauses = Pauses(lambda: 1.0)

    waited = [pauses.after(0.0) for _ in range(1000)]
    assert waited[0] == FIRST_SPAN_SECONDS
    assert all(later == min(2 * earlier, LONGEST_SPAN_SECONDS) for earlier, later in pairwise(waited))


@pytest.mark.parametrize(
    ("connected_seconds", "pause"),
    [(0.001, LONGEST_SPAN_SECONDS), (STEADY_SECONDS, FIRST_SPAN_SECONDS), (86_400, FIRST_SPAN_SECONDS)],
)
def test_pauses_are_short_again_after_a_connection_of_use(connected_seconds: float, pause: float) -> None:
    pauses = Pauses(lambda: 1.0)
    for _ in range(10):
        pauses.after(0.0)

    assert pauses.after(connected_seconds) == pause


def test_a_pause_is_a_random_part_of_its_span() -> None:
    assert Pauses(lambda: 0.25).after(0.0) == FIRST_SPAN_SECONDS / 4
