"""Passing back, too many and too few inside: decided by what is known of who is inside."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.areas import Inside, Occupancy, Passback, Way, forgotten_with
from doorctl.core.decision import decide
from doorctl.core.model import Zone
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import AccessRequest, Companion, Facts
from doorctl.core.returning import comes_in_at
from tests.core.builders import ADAS_GRANT, FLOOR_3, NOON, a_request, facts

HARD = Occupancy(passback=Passback.HARD)
SOFT = Occupancy(passback=Passback.SOFT)
TIMED = Occupancy(passback=Passback.TIMED, passback_seconds=600)
NESTED = Occupancy(around=("building", "campus"), passback=Passback.HARD)
TWO_AT_MOST = Occupancy(limits=(("floor-3", 2),))
NEVER_ALONE = Occupancy(least=2)

UNKNOWN = Inside()
OUTSIDE = Inside(place_known=True)
IN_BUILDING = Inside(place_known=True, zones={"building": NOON, "campus": NOON})
ON_CAMPUS = Inside(place_known=True, zones={"campus": NOON})
ON_FLOOR = Inside(place_known=True, zones={"floor-3": NOON - timedelta(minutes=5)})
WITH_ALAN = (Companion("alan"),)


def asking(occupancy: Occupancy) -> Zone:
    """Make the zone ask this of who is inside."""
    return replace(FLOOR_3, occupancy=occupancy)


def known(occupancy: Occupancy, inside: Inside | None) -> Facts:
    """Know that Ada may enter, and who is inside."""
    return replace(facts(ADAS_GRANT, zone=asking(occupancy)), inside=inside)


KNOWN_OUTSIDE = known(Occupancy(), OUTSIDE)


def entering(occupancy: Occupancy, inside: Inside | None, *companions: Companion) -> Reason:
    """Give the reason of what is decided when Ada enters."""
    return decide(a_request(companions=companions), known(occupancy, inside)).reason


def a_leaver(*companions: Companion, egress_is_wired: bool = True) -> AccessRequest:
    """Make Ada's request at the reader inside."""
    going = tuple(replace(each, way=Way.OUT) for each in companions)
    return replace(a_request(companions=going), way=Way.OUT, egress_is_wired=egress_is_wired)


def leaving(
    occupancy: Occupancy, inside: Inside | None, *companions: Companion, egress_is_wired: bool = True
) -> Reason:
    """Give the reason of what is decided when Ada leaves."""
    return decide(a_leaver(*companions, egress_is_wired=egress_is_wired), known(occupancy, inside)).reason


@pytest.mark.parametrize(
    ("asked", "inside", "reason"),
    [
        (HARD, ON_FLOOR, Reason.PASSBACK),
        (HARD, OUTSIDE, Reason.GRANTED),
        (HARD, UNKNOWN, Reason.GRANTED),
        (HARD, None, Reason.PASSBACK),
        (SOFT, ON_FLOOR, Reason.PASSBACK_NOTED),
        (SOFT, OUTSIDE, Reason.GRANTED),
        (Occupancy(), ON_FLOOR, Reason.GRANTED),
    ],
)
def test_who_is_inside_enters_no_more(asked: Occupancy, inside: Inside | None, reason: Reason) -> None:
    assert entering(asked, inside) is reason


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (IN_BUILDING, Reason.GRANTED),
        (ON_CAMPUS, Reason.PASSBACK),
        (OUTSIDE, Reason.PASSBACK),
        (UNKNOWN, Reason.GRANTED),
    ],
)
def test_an_inner_zone_is_entered_from_the_one_around_it(inside: Inside, reason: Reason) -> None:
    assert entering(NESTED, inside) is reason


@pytest.mark.parametrize(
    ("asked", "inside", "egress_is_wired", "reason"),
    [
        (HARD, ON_FLOOR, True, Reason.GRANTED),
        (HARD, OUTSIDE, True, Reason.PASSBACK),
        (HARD, OUTSIDE, False, Reason.PASSBACK_NOTED),
        (HARD, UNKNOWN, True, Reason.GRANTED),
        (HARD, None, False, Reason.PASSBACK_NOTED),
        (SOFT, OUTSIDE, True, Reason.PASSBACK_NOTED),
        (TIMED, OUTSIDE, True, Reason.GRANTED),
    ],
)
def test_who_never_entered_is_kept_in_only_where_people_get_out_without_us(
    asked: Occupancy, inside: Inside | None, egress_is_wired: bool, reason: Reason
) -> None:
    assert leaving(asked, inside, egress_is_wired=egress_is_wired) is reason


@pytest.mark.parametrize(("minutes", "reason"), [(9, Reason.PASSBACK), (10, Reason.GRANTED), (-9, Reason.PASSBACK)])
def test_timed_passback_ends_by_itself_and_never_by_a_clock_that_is_set_back(minutes: int, reason: Reason) -> None:
    since = Inside(place_known=True, zones={"floor-3": NOON - timedelta(minutes=minutes)})

    assert entering(TIMED, since) is reason


def test_who_has_just_entered_is_told_when_to_come_back() -> None:
    assert comes_in_at(a_request(), known(TIMED, ON_FLOOR)) == NOON + timedelta(minutes=5)
    assert comes_in_at(a_request(), known(HARD, ON_FLOOR)) is None


@pytest.mark.parametrize(
    ("inside", "companions", "reason"),
    [
        (Inside(others={"floor-3": 1}), (), Reason.GRANTED),
        (Inside(others={"floor-3": 2}), (), Reason.ZONE_FULL),
        (Inside(others={"floor-3": 2}, zones={"floor-3": NOON}), (), Reason.GRANTED),
        (None, (), Reason.ZONE_FULL),
    ],
)
def test_a_full_zone_takes_nobody_more(
    inside: Inside | None, companions: tuple[Companion, ...], reason: Reason
) -> None:
    assert entering(TWO_AT_MOST, inside, *companions) is reason


def test_all_who_come_together_need_a_place() -> None:
    two_together = replace(asking(Occupancy(limits=(("floor-3", 2),))), persons=2)
    known_of = replace(facts(ADAS_GRANT, zone=two_together), inside=Inside(others={"floor-3": 1}))
    alan_inside = replace(known_of, inside=Inside(others={"floor-3": 1}, company=frozenset({("alan", "floor-3")})))

    assert decide(a_request(companions=WITH_ALAN), known_of).reason is Reason.ZONE_FULL
    assert decide(a_request(companions=WITH_ALAN), alan_inside).is_granted


def test_a_zone_around_may_be_the_full_one() -> None:
    asked = Occupancy(around=("building",), limits=(("floor-3", 9), ("building", 5)))

    assert entering(asked, Inside(others={"building": 5})) is Reason.ZONE_FULL
    assert entering(asked, Inside(others={"building": 5}, zones={"building": NOON})) is Reason.GRANTED


@pytest.mark.parametrize(
    ("inside", "companions", "reason"),
    [
        (Inside(), (), Reason.MINIMUM_AWAITED),
        (Inside(), WITH_ALAN, Reason.GRANTED),
        (Inside(staying=1), (), Reason.GRANTED),
        (Inside(staying=0, company=frozenset({("alan", "floor-3")})), WITH_ALAN, Reason.MINIMUM_AWAITED),
        (None, WITH_ALAN, Reason.MINIMUM_AWAITED),
    ],
)
def test_nobody_comes_in_alone(inside: Inside | None, companions: tuple[Companion, ...], reason: Reason) -> None:
    assert entering(NEVER_ALONE, inside, *companions) is reason


@pytest.mark.parametrize(
    ("staying", "companions", "egress_is_wired", "reason"),
    [
        (1, (), True, Reason.MINIMUM_AWAITED),
        (1, (), False, Reason.LEFT_ALONE),
        (0, (), True, Reason.GRANTED),
        (2, (), True, Reason.GRANTED),
        (1, WITH_ALAN, True, Reason.GRANTED),
        (2, WITH_ALAN, True, Reason.MINIMUM_AWAITED),
    ],
)
def test_nobody_is_left_behind_alone(
    staying: int, companions: tuple[Companion, ...], egress_is_wired: bool, reason: Reason
) -> None:
    company = frozenset({("alan", "floor-3")}) if companions else frozenset()
    inside = Inside(place_known=True, zones={"floor-3": NOON}, staying=staying, company=company)

    assert leaving(NEVER_ALONE, inside, *companions, egress_is_wired=egress_is_wired) is reason


def test_two_who_break_the_glass_are_not_asked_who_is_inside() -> None:
    zone = replace(FLOOR_3, max_age_seconds=60, break_glass="guards")
    two = a_request(companions=(Companion("grace", breaks_glass=True),))
    for asked in (HARD, TWO_AT_MOST, NEVER_ALONE):
        stale = replace(known(asked, None), zone=replace(zone, occupancy=asked), may_break_glass=True)

        assert decide(two, stale).reason is Reason.BREAK_GLASS


def test_who_leaves_needs_no_grant_and_no_pin() -> None:
    nobody = replace(known(Occupancy(), OUTSIDE), grants=(), credential_blocked=True, reader_blocked=True)

    assert decide(a_leaver(), nobody).outcome is Outcome.GRANTED
    assert decide(a_leaver(egress_is_wired=False), nobody).outcome is Outcome.GRANTED


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (replace(KNOWN_OUTSIDE, locked_down=True), Reason.LOCKDOWN),
        (replace(KNOWN_OUTSIDE, needs_upgrade=True), Reason.NEEDS_UPGRADE),
        (replace(KNOWN_OUTSIDE, zone=replace(FLOOR_3, max_age_seconds=60)), Reason.STALE_POLICY),
    ],
)
def test_what_keeps_people_in_does_so_only_where_they_get_out_without_us(bad: Facts, reason: Reason) -> None:
    assert decide(a_leaver(), bad).reason is reason
    assert decide(a_leaver(egress_is_wired=False), bad).reason is Reason.GRANTED


def test_who_is_unknown_does_not_leave_by_a_reader() -> None:
    unknown = replace(known(Occupancy(), OUTSIDE), credential=None, holder=None)

    assert decide(a_leaver(egress_is_wired=False), unknown).reason is Reason.UNKNOWN_CARD


def test_who_goes_the_other_way_is_no_company() -> None:
    inside = Inside(place_known=True, zones={"floor-3": NOON}, staying=1, company=frozenset({("alan", "floor-3")}))
    entering_alan = replace(a_leaver(), companions=WITH_ALAN)

    assert decide(entering_alan, known(NEVER_ALONE, inside)).reason is Reason.MINIMUM_AWAITED
    assert entering(NEVER_ALONE, Inside(), Companion("alan", way=Way.OUT)) is Reason.MINIMUM_AWAITED


def test_of_one_person_the_zones_around_are_forgotten_too_and_of_all_only_those_within() -> None:
    around = {"building": ("campus",), "floor": ("building", "campus"), "room": ("floor", "building", "campus")}

    assert forgotten_with("floor", around, of_one=False) == ("floor", "room")
    assert forgotten_with("floor", around, of_one=True) == ("floor", "room", "building", "campus")
    assert forgotten_with("attic", around, of_one=True) == ("attic",)
