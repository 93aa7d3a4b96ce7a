"""Where somebody is by the hub and by our own doors: the newest word, and for how long the hub's counts."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.areas import OUTSIDE
from doorctl.core.site_count import SILENCE_SECONDS, Known, is_site_counted, where_by

NOTHING: Mapping[str, Known] = {}


def came(at: int, zone: str = "floor") -> Mapping[str, Known]:
    return {zone: Known(at, left=False)}


def went(at: int, zone: str = "floor") -> Mapping[str, Known]:
    return {zone: Known(at, left=True)}


@pytest.mark.parametrize(
    ("told", "own", "outside", "where"),
    [
        (NOTHING, NOTHING, None, {}),
        (came(5), NOTHING, None, {"floor": 5}),
        (NOTHING, came(5), None, {"floor": 5}),
        (came(5), came(7), None, {"floor": 7}),
        (came(7), came(5), None, {"floor": 7}),
        (went(7), came(5), None, {OUTSIDE: 7}),
        (went(5), came(7), None, {"floor": 7}),
        (went(5), came(5), None, {OUTSIDE: 5}),
        (came(5), went(7), None, {OUTSIDE: 7}),
        ({**came(5), **went(9, "lab")}, NOTHING, None, {"floor": 5}),
        (came(5), came(6, "lab"), None, {"floor": 5, "lab": 6}),
        (NOTHING, NOTHING, 8, {OUTSIDE: 8}),
        (came(5), NOTHING, 8, {OUTSIDE: 8}),
        (came(9), NOTHING, 8, {"floor": 9}),
        (came(8), NOTHING, 8, {OUTSIDE: 8}),
    ],
)
def test_of_each_zone_the_newest_word_counts(
    told: Mapping[str, Known], own: Mapping[str, Known], outside: int | None, where: dict[str, int]
) -> None:
    assert where_by(told, own, outside=outside) == where


words = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.builds(Known, st.integers(0, 5), st.booleans()))


@given(words, words)
def test_it_does_not_matter_who_tells_what(one: dict[str, Known], other: dict[str, Known]) -> None:
    assert where_by(one, other, outside=None) == where_by(other, one, outside=None)


@given(words, words)
def test_nobody_is_inside_whom_the_newest_word_takes_out(told: dict[str, Known], own: dict[str, Known]) -> None:
    where = where_by(told, own, outside=None)

    for zone, at in where.items():
        newest = max((each[zone] for each in (told, own) if zone in each), default=Known(at, left=True))
        assert newest == Known(at, left=zone == OUTSIDE)


def test_the_sites_count_counts_while_the_hub_is_heard_of() -> None:
    assert not is_site_counted(None, 0)
    assert is_site_counted(100, 100 + SILENCE_SECONDS)
    assert not is_site_counted(100, 100 + SILENCE_SECONDS + 0.1)
