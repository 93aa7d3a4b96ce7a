"""Cards that let in so many times, or for a time from their first use on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorctl.core.decision import decide
from doorctl.core.lasting import admitted_until
from doorctl.core.model import CardLimits, CardUsed
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from tests.core.builders import ADAS_GRANT, NOON, a_request, facts

HOUR = timedelta(hours=1)
TWICE = CardLimits("l1", uses=2)
FOR_AN_HOUR = CardLimits("l1", first_use_seconds=3600)


def reason(limits: CardLimits, used: CardUsed, at: datetime = NOON) -> Reason:
    return decide(a_request(at), facts(ADAS_GRANT, limits=limits, used=used)).reason


@pytest.mark.parametrize(
    ("count", "expected"), [(0, Reason.GRANTED), (1, Reason.GRANTED), (2, Reason.USES_SPENT), (3, Reason.USES_SPENT)]
)
def test_a_card_lets_in_as_often_as_it_may(count: int, expected: Reason) -> None:
    assert reason(TWICE, CardUsed(count, NOON)) is expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (timedelta(0), Reason.GRANTED),
        (HOUR - timedelta(microseconds=1), Reason.GRANTED),
        (HOUR, Reason.FIRST_USE_OVER),
        (timedelta(days=3650), Reason.FIRST_USE_OVER),
    ],
)
def test_a_card_lets_in_for_its_time_from_the_first_use_on(since: timedelta, expected: Reason) -> None:
    assert reason(FOR_AN_HOUR, CardUsed(1, NOON - since)) is expected


def test_the_time_of_a_card_that_was_never_used_has_not_begun() -> None:
    assert reason(FOR_AN_HOUR, CardUsed(), datetime(2090, 1, 1, tzinfo=UTC)) is Reason.GRANTED


@pytest.mark.parametrize(("behind", "expected"), [(HOUR / 2, Reason.GRANTED), (HOUR, Reason.FIRST_USE_OVER)])
def test_a_first_use_by_a_clock_that_was_far_ahead_does_not_let_in_for_longer(
    behind: timedelta, expected: Reason
) -> None:
    assert reason(FOR_AN_HOUR, CardUsed(1, NOON + behind)) is expected


def test_uses_go_on_to_count_where_the_time_since_the_first_is_not_over() -> None:
    both = CardLimits("l1", uses=2, first_use_seconds=3600)

    decision = decide(a_request(), facts(ADAS_GRANT, limits=both, used=CardUsed(2, NOON - HOUR)))

    assert decision.reasons == (Reason.USES_SPENT, Reason.FIRST_USE_OVER)


@pytest.mark.parametrize(("limits", "expected"), [(FOR_AN_HOUR, Reason.CLOCK_UNTRUSTED), (TWICE, Reason.GRANTED)])
def test_a_time_from_the_first_use_on_takes_a_clock_that_counts(limits: CardLimits, expected: Reason) -> None:
    known = facts(ADAS_GRANT, limits=limits, clock_trusted=False)

    assert decide(a_request(), known).reason is expected


def ends(known: Facts, at: datetime = NOON) -> datetime | None:
    return admitted_until(a_request(at), known, lambda *_: None)


def test_it_is_known_when_the_time_of_a_card_ends() -> None:
    known = facts(ADAS_GRANT, limits=FOR_AN_HOUR)

    used = replace(known, used=CardUsed(1, NOON - HOUR / 2))
    assert [ends(known), ends(used), ends(replace(known, limits=TWICE))] == [NOON + HOUR, NOON + HOUR / 2, None]
    assert ends(known, datetime(9999, 12, 31, 23, 30, tzinfo=UTC)) is None


def test_limits_that_limit_nothing_are_none() -> None:
    with pytest.raises(ValueError, match="limits of a card"):
        CardLimits("l1")
