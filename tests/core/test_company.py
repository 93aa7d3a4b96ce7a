"""Several who must come together: each person once, one of the group that the zone names, nobody who is denied."""

from dataclasses import replace

import pytest

from doorctl.core.areas import Occupancy
from doorctl.core.decision import decide
from doorctl.core.model import Factor, Holder
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Companion, Facts
from doorctl.core.rules.company import companions_of, lacks_company_alone, takes_company, waits_as
from doorctl.core.visitors import Visitor
from tests.core.builders import ADAS_GRANT, ADAS_PIN, FLOOR_3, a_request, facts

GRACE, ALAN = Companion("grace"), Companion("alan")
TWO = facts(ADAS_GRANT, zone=replace(FLOOR_3, persons=2))
THREE = facts(ADAS_GRANT, zone=replace(FLOOR_3, persons=3))
ONE_OF_GUARDS = facts(ADAS_GRANT, zone=replace(FLOOR_3, persons=2, persons_group="guards"))


@pytest.mark.parametrize(
    ("known", "company", "expected"),
    [
        (TWO, (), Reason.PERSON_AWAITED),
        (TWO, (GRACE,), Reason.GRANTED),
        (TWO, (Companion("ada"),), Reason.PERSON_AWAITED),
        (THREE, (GRACE,), Reason.PERSON_AWAITED),
        (THREE, (GRACE, GRACE), Reason.PERSON_AWAITED),
        (THREE, (GRACE, ALAN), Reason.GRANTED),
        (ONE_OF_GUARDS, (GRACE,), Reason.LEADER_AWAITED),
        (ONE_OF_GUARDS, (Companion("grace", leads=True),), Reason.GRANTED),
        (ONE_OF_GUARDS, (Companion("ada", leads=True), GRACE), Reason.LEADER_AWAITED),
        (replace(ONE_OF_GUARDS, leads=True), (GRACE,), Reason.GRANTED),
        (replace(TWO, grants=()), (GRACE,), Reason.NO_GRANT),
        (facts(ADAS_GRANT), (), Reason.GRANTED),
    ],
)
def test_so_many_different_persons_open_together(
    known: Facts, company: tuple[Companion, ...], expected: Reason
) -> None:
    assert decide(a_request(companions=company), known).reason is expected


def test_the_pin_is_asked_for_before_company() -> None:
    zone = replace(FLOOR_3, persons=2, factor=Factor.CARD_AND_PIN)
    known = facts(ADAS_GRANT, zone=zone, pin=ADAS_PIN)

    assert decide(a_request(), known).reasons == (Reason.PIN_AWAITED, Reason.PERSON_AWAITED)
    assert decide(a_request(pin=ADAS_PIN.key), known).reasons == (Reason.PERSON_AWAITED,)


def test_nobody_keeps_company_with_somebody_unknown() -> None:
    unknown = replace(TWO, holder=None)

    assert Reason.PERSON_AWAITED in decide(a_request(companions=(GRACE,)), unknown).reasons


def test_only_who_lacks_nothing_else_may_wait_for_company() -> None:
    suspended = replace(TWO, denied_by_order=True)

    assert lacks_company_alone(decide(a_request(), TWO))
    assert not lacks_company_alone(decide(a_request(), suspended))
    assert not lacks_company_alone(decide(a_request(companions=(GRACE,)), TWO))
    assert lacks_company_alone(decide(a_request(pin=b"d" * 32), replace(TWO, pin=ADAS_PIN)))


@pytest.mark.parametrize(
    ("known", "company", "expected"),
    [
        (TWO, (), Companion("ada")),
        (replace(TWO, leads=True), (), Companion("ada", leads=True)),
        (TWO, (GRACE,), None),
        (replace(TWO, denied_by_order=True), (), None),
        (
            facts(zone=replace(FLOOR_3, max_age_seconds=60), may_break_glass=True),
            (),
            Companion("ada", breaks_glass=True),
        ),
    ],
)
def test_who_waits_is_company_of_who_asks_next(
    known: Facts, company: tuple[Companion, ...], expected: Companion | None
) -> None:
    request = a_request(companions=company)

    assert waits_as(request, known, decide(request, known)) == expected


def test_two_of_a_group_break_the_glass_of_a_zone_of_two() -> None:
    zone = replace(FLOOR_3, max_age_seconds=60, break_glass="rescue", persons=2)
    stale = facts(zone=zone, policy_age_seconds=61, may_break_glass=True)

    decision = decide(a_request(companions=(Companion("grace", breaks_glass=True),)), stale)

    assert (decision.outcome, decision.reason) == (Outcome.GRANTED, Reason.BREAK_GLASS)
    assert decide(a_request(companions=(GRACE,)), stale).reason is Reason.BREAK_GLASS_AWAITS_SECOND


def test_who_waits_to_break_the_glass_is_no_company_of_who_does_not() -> None:
    decision = decide(a_request(companions=(Companion("grace", breaks_glass=True, leads=True),)), TWO)

    assert decision.reason is Reason.PERSON_AWAITED


def test_a_zone_takes_company_or_not() -> None:
    assert takes_company(a_request(), TWO)
    assert not takes_company(a_request(), facts(ADAS_GRANT))
    assert not takes_company(a_request(), facts(zone=None, holder=Holder("ada")))
    stale = facts(zone=replace(FLOOR_3, max_age_seconds=60), policy_age_seconds=61, may_break_glass=True)
    assert takes_company(a_request(), stale)


def test_an_escorted_visitor_is_nobodys_company() -> None:
    zone = replace(FLOOR_3, persons=2, occupancy=Occupancy(least=2))
    visitor = replace(facts(ADAS_GRANT, zone=zone), visitor=Visitor("ada", escorts=frozenset({"alan"})))
    alone = a_request(companions=(GRACE,))

    assert companions_of(alone, visitor) == {"grace"}
    assert companions_of(replace(alone, escorts=("alan",)), visitor) == set()
    assert not takes_company(replace(alone, escorts=("alan",)), visitor)
