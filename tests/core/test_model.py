"""The values refuse what they cannot mean."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doorctl.core.model import Credential, Grant, Holder, Weekday, Window
from doorctl.core.request import AccessRequest, Facts
from tests.core.builders import ADAS_CARD, facts

NAIVE = datetime(2026, 6, 3, 12, 0)  # noqa: DTZ001
AWARE = NAIVE.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "make",
    [
        lambda at: AccessRequest("front", (b"k",), at),
        lambda at: Holder("ada", valid_from=at),
        lambda at: Holder("ada", valid_until=at),
        lambda at: Credential(b"k", "ada", valid_from=at),
        lambda at: Credential(b"k", "ada", valid_until=at),
        lambda at: Grant("g1", "ada", "floor-3", valid_from=at),
        lambda at: Grant("g1", "ada", "floor-3", valid_until=at),
    ],
)
def test_naive_times_are_refused(make: Callable[[datetime], object]) -> None:
    make(AWARE)

    with pytest.raises(ValueError, match="has no time zone"):
        make(NAIVE)


@pytest.mark.parametrize(("start", "end"), [(-1, 60), (1440, 1440), (0, 1441), (0, -1)])
def test_minutes_that_no_day_has_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="is not within a day"):
        Window(frozenset({Weekday.MONDAY}), start, end)


def test_a_day_may_end_at_24_00() -> None:
    assert not Window(frozenset({Weekday.MONDAY}), 0, 1440).crosses_midnight


@pytest.mark.parametrize(
    ("known", "whose"),
    [
        (facts(holder=None), "ada"),
        (facts(credential=None), "ada"),
        (facts(credential=None, holder=None), None),
        (facts(credential=replace(ADAS_CARD, holder="grace")), "grace"),
    ],
)
def test_a_request_is_that_of_whom_the_card_names_or_whose_pin_it_is(known: Facts, whose: str | None) -> None:
    assert known.whose == whose
