"""What zones ask for, as it is written, and at which doors a plan makes it less or more."""

from dataclasses import replace

import pytest

from doorctl.core.model import Factor, Weekday, ZoneKind
from doorctl.policy.rows import FactorTime, WindowRow
from doorctl.site.factors import factor_changes, factor_time_in, written_factor_times
from doorctl.site.rule_changes import rule_changes
from doorctl.site.state import ScheduleState, SiteState, ZoneState
from tests.site.builders import EMPTY

BY_DAY, BY_NIGHT = FactorTime("office", Factor.CARD), FactorTime("night", Factor.CARD_AND_PIN)


def hours(start: str, end: str) -> ScheduleState:
    return ScheduleState((WindowRow((Weekday.MONDAY,), start, end),))


def a_site(factor: Factor, *times: FactorTime, office: ScheduleState | None = None) -> SiteState:
    """Make a site with a lab behind two doors and a hall that asks for a card."""
    return replace(
        EMPTY,
        zones={
            "lab": ZoneState(ZoneKind.FLOOR, factor=factor, factor_times=times),
            "hall": ZoneState(ZoneKind.FLOOR),
        },
        doors={"east": "lab", "north": "hall", "west": "lab"},
        schedules={"office": office or hours("08:00", "18:00"), "night": hours("20:00", "06:00")},
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (a_site(Factor.CARD), a_site(Factor.CARD_AND_PIN), "card -> card-and-pin (more)"),
        (a_site(Factor.CARD), a_site(Factor.CARD_OR_PIN), "card -> card-or-pin (less)"),
        (a_site(Factor.CARD), a_site(Factor.PIN), "card -> pin (something else)"),
        (a_site(Factor.PIN), a_site(Factor.CARD_OR_PIN), "pin -> card-or-pin (less)"),
        (
            a_site(Factor.CARD_AND_PIN),
            a_site(Factor.CARD_AND_PIN, BY_DAY),
            "card-and-pin -> card-and-pin, office=card (less)",
        ),
        (
            a_site(Factor.CARD_AND_PIN, BY_DAY),
            a_site(Factor.CARD, BY_NIGHT),
            "card-and-pin, office=card -> card, night=card-and-pin (at times less, at times more)",
        ),
        (
            a_site(Factor.CARD_AND_PIN, BY_NIGHT, BY_DAY),
            a_site(Factor.CARD_AND_PIN, BY_DAY),
            "card-and-pin, night=card-and-pin, office=card -> card-and-pin, office=card (less)",
        ),
        (
            a_site(Factor.CARD_AND_PIN, BY_DAY),
            a_site(Factor.CARD_AND_PIN, BY_DAY, office=hours("00:00", "24:00")),
            "card-and-pin, office=card -> card-and-pin, office=card by other hours (at times less, at times more)",
        ),
    ],
)
def test_doors_that_ask_for_less_or_more_are_told(before: SiteState, after: SiteState, told: str) -> None:
    assert list(factor_changes(before, after)) == [f"door east, west: asks for {told}"]


def test_a_door_that_moves_asks_for_what_its_new_zone_does() -> None:
    before = a_site(Factor.CARD_AND_PIN)
    after = replace(before, doors={"east": "hall", "south": "hall", "west": "lab"})

    assert list(factor_changes(before, after)) == ["door east: asks for card-and-pin -> card (less)"]


@pytest.mark.parametrize(
    "after",
    [
        a_site(Factor.CARD),
        a_site(Factor.CARD, BY_DAY),
        a_site(Factor.CARD, BY_DAY, office=hours("00:00", "24:00")),
    ],
)
def test_doors_that_ask_for_the_same_at_every_time_are_not_told(after: SiteState) -> None:
    assert list(factor_changes(a_site(Factor.CARD), after)) == []


def test_what_a_zone_asks_for_is_told_before_and_after_as_a_rule() -> None:
    before, after = a_site(Factor.CARD_AND_PIN, BY_DAY), a_site(Factor.CARD_AND_PIN)

    assert rule_changes(before, after) == (
        "zone lab: factor_times office=card -> none",
        "door east, west: asks for card-and-pin, office=card -> card-and-pin (more)",
    )


def test_times_are_written_as_they_are_read() -> None:
    assert written_factor_times(map(factor_time_in, ("office=card", "night=card-and-pin"))) == (
        "office=card, night=card-and-pin"
    )


@pytest.mark.parametrize("text", ["office", "office=", "=card", "office=key", "Office=card", "office=card=pin"])
def test_what_is_no_time_is_told_with_every_factor(text: str) -> None:
    with pytest.raises(ValueError, match="card, card-or-pin, card-and-pin or pin"):
        factor_time_in(text)
