"""Visitors come in behind an escort who may bring them, guests no further than whoever invited them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.areas import Way
from doorctl.core.decision import decide
from doorctl.core.lasting import admitted_until
from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door_events import SignalName
from doorctl.core.model import Factor, Grant, Holder, Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Decision, Facts
from doorctl.core.returning import comes_in_at
from doorctl.core.rules.visitor_rules import escort_of, may_escort
from doorctl.core.visitors import Escorting, Sponsor, Visitor
from tests.core.builders import ADA, ADAS_GRANT, ADAS_PIN, FLOOR_3, NOON, a_request, a_schedule, facts

HOUR = timedelta(hours=1)
BEHIND = ("alan", "grace")
GRACES_GRANT = Grant("g2", "grace", "floor-3")
SPONSOR = Sponsor(Holder("grace"), frozenset({"floor-3"}), (GRACES_GRANT,))
VISITOR = Visitor("ada", escorts=frozenset({"grace"}))
GUEST = replace(VISITOR, sponsor="grace", sponsored_by=SPONSOR)


def of(visitor: Visitor | None, escorting: Escorting = Escorting()) -> Facts:  # noqa: B008 - it is frozen
    """Make the facts of Ada as a visitor."""
    return replace(facts(ADAS_GRANT), visitor=visitor, escorting=escorting)


def reason_of(visitor: Visitor, *escorts: str, escorting: Escorting = Escorting()) -> Reason:  # noqa: B008
    """Decide for Ada, behind these who were let in before."""
    return decide(replace(a_request(), escorts=escorts), of(visitor, escorting)).reason


def test_a_visitor_is_let_in_behind_who_may_bring_them_and_behind_nobody_else() -> None:
    assert reason_of(VISITOR, "grace") is Reason.GRANTED
    assert reason_of(VISITOR, "alan", "grace") is Reason.GRANTED
    assert reason_of(VISITOR) is reason_of(VISITOR, "alan") is Reason.ESCORT_AWAITED


def test_a_visitor_needs_no_escort_where_they_may_come_alone() -> None:
    assert reason_of(VISITOR, escorting=Escorting(alone=True)) is Reason.GRANTED


def test_an_escort_who_brings_too_many_brings_no_other() -> None:
    full = replace(VISITOR, escorts=frozenset(BEHIND), full=frozenset({"alan"}))

    assert reason_of(full, "alan") is Reason.ESCORT_FULL
    assert reason_of(full, "alan", "grace") is Reason.GRANTED
    assert escort_of(replace(a_request(), escorts=BEHIND), of(full)) == "grace"
    assert escort_of(replace(a_request(), escorts=BEHIND), of(replace(full, full=frozenset()))) == "alan"


def test_what_is_known_of_another_visitor_brings_nobody() -> None:
    assert reason_of(replace(VISITOR, holder="alan"), "grace") is Reason.ESCORT_AWAITED


def test_a_visitor_is_not_asked_for_a_pin_before_an_escort_is_there() -> None:
    both = replace(of(VISITOR), zone=replace(FLOOR_3, factor=Factor.CARD_AND_PIN), pin=ADAS_PIN)

    assert decide(a_request(), both).reason is Reason.ESCORT_AWAITED
    assert decide(replace(a_request(), escorts=BEHIND), both).reason is Reason.PIN_AWAITED


def test_the_want_of_an_escort_is_shown_as_the_want_of_another_person_and_not_to_whoever_tries_pins() -> None:
    assert denial_shown(Reason.ESCORT_AWAITED, pin_alone=False) is SignalName.WAITING_FOR_SECOND
    assert denial_shown(Reason.ESCORT_AWAITED, pin_alone=True) is SignalName.WRONG_PIN


def test_an_escorted_visitor_follows_those_who_came_together() -> None:
    two = replace(FLOOR_3, persons=2)

    assert decide(replace(a_request(), escorts=BEHIND), replace(of(VISITOR), zone=two)).reason is Reason.GRANTED
    alone = replace(of(VISITOR, Escorting(alone=True)), zone=two)
    assert decide(a_request(), alone).reason is Reason.PERSON_AWAITED


@pytest.mark.parametrize(
    "sponsor",
    [
        None,
        replace(SPONSOR, holder=Holder("grace", Status.SUSPENDED)),
        replace(SPONSOR, holder=Holder("grace", valid_until=NOON)),
        replace(SPONSOR, holder=Holder("grace", valid_from=NOON + HOUR)),
        replace(SPONSOR, holder=Holder("alan")),
        replace(SPONSOR, zones=frozenset({"lobby"})),
        replace(SPONSOR, grants=()),
        replace(SPONSOR, grants=(replace(GRACES_GRANT, zone="lobby"),)),
        replace(SPONSOR, grants=(replace(GRACES_GRANT, valid_until=NOON),)),
        replace(SPONSOR, grants=(replace(GRACES_GRANT, schedule="office"),)),
    ],
)
def test_a_guest_gets_no_further_than_the_sponsor(sponsor: Sponsor | None) -> None:
    known = replace(of(replace(GUEST, sponsored_by=sponsor)), schedules={"office": a_schedule()})

    assert decide(replace(a_request(), escorts=BEHIND), known).reasons == (Reason.SPONSOR_DENIED,)
    assert reason_of(GUEST, "grace") is Reason.GRANTED


def test_a_guest_may_be_let_in_alone_where_visitors_are_and_still_in_somebody_s_name() -> None:
    gone = replace(GUEST, sponsored_by=None)

    assert reason_of(gone, escorting=Escorting(alone=True)) is Reason.SPONSOR_DENIED


def test_what_depends_on_the_time_of_a_sponsor_takes_a_clock_that_counts() -> None:
    until = replace(SPONSOR, holder=Holder("grace", valid_until=NOON + HOUR))
    timed = replace(of(replace(GUEST, sponsored_by=until)), clock_trusted=False)

    assert decide(replace(a_request(), escorts=BEHIND), timed).reason is Reason.CLOCK_UNTRUSTED


def test_a_guest_is_let_in_until_the_sponsor_s_time_ends() -> None:
    grant = replace(GRACES_GRANT, valid_until=NOON + HOUR)
    known = of(replace(GUEST, sponsored_by=replace(SPONSOR, grants=(grant,))))

    assert admitted_until(replace(a_request(), escorts=BEHIND), known, lambda *_: None) == NOON + HOUR


def test_an_escort_that_is_to_come_puts_nothing_off() -> None:
    assert comes_in_at(a_request(), of(VISITOR)) == NOON


@pytest.mark.parametrize(
    ("reason", "way", "visitor", "brings"),
    [
        (Reason.GRANTED, Way.IN, None, True),
        (Reason.DURESS, Way.IN, None, True),
        (Reason.BREAK_GLASS, Way.IN, None, False),
        (Reason.GRANTED, Way.OUT, None, False),
        (Reason.GRANTED, Way.IN, VISITOR, False),
    ],
)
def test_who_was_let_in_by_right_and_is_no_visitor_brings_visitors(
    reason: Reason, way: Way, visitor: Visitor | None, *, brings: bool
) -> None:
    request = replace(a_request(), way=way)

    assert may_escort(request, of(visitor), Decision(Outcome.GRANTED, reason)) is brings
    assert not may_escort(request, of(visitor), Decision(Outcome.DENIED, Reason.NO_GRANT, (Reason.NO_GRANT,)))
    assert not may_escort(request, replace(of(visitor), holder=None), Decision(Outcome.GRANTED, reason))
    nobody_visits = replace(of(visitor), escorting=Escorting(most=0))
    assert not may_escort(request, nobody_visits, Decision(Outcome.GRANTED, reason))


def test_a_visitor_leaves_without_escort_or_sponsor() -> None:
    gone = of(replace(GUEST, sponsored_by=None))

    assert decide(replace(a_request(), way=Way.OUT, egress_is_wired=True), gone).is_granted
    assert gone.holder == ADA
    assert escort_of(replace(a_request(), way=Way.OUT, escorts=BEHIND), of(VISITOR)) is None
