"""The threat level: what a zone asks for at it, and who is cleared for that."""

from dataclasses import replace

import pytest

from doorctl.core.areas import Way
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.decision import decide
from doorctl.core.model import Factor, Zone
from doorctl.core.reasons import Reason
from doorctl.core.rules.factors import factor_asked, stronger
from doorctl.core.rules.threat import HIGHEST_THREAT, LOWEST_THREAT, ThreatStep, at_threat, threat_in
from tests.core.builders import (
    ADAS_GRANT,
    ADAS_PIN,
    FLOOR_3,
    a_request,
    a_request_by_pin,
    a_schedule,
    a_window,
    facts,
)

CARD, EITHER, BOTH, PIN = Factor.CARD, Factor.CARD_OR_PIN, Factor.CARD_AND_PIN, Factor.PIN
STEPS = (ThreatStep(4, clearance=5), ThreatStep(2, EITHER, clearance=1), ThreatStep(3, BOTH, clearance=3))
OFFICE = a_schedule(a_window("08:00", "18:00"))
LEVELS = range(LOWEST_THREAT, HIGHEST_THREAT + 1)


def asked(zone: Zone) -> tuple[Factor, int]:
    return factor_asked(a_request(), facts(zone=zone, schedules=(OFFICE,))), zone.clearance


def test_a_zone_asks_for_what_all_levels_up_to_the_one_there_is_ask_for() -> None:
    found = [asked(at_threat(FLOOR_3, STEPS, level)) for level in LEVELS]

    assert found == [(CARD, 0), (CARD, 1), (BOTH, 3), (BOTH, 5), (BOTH, 5)]


def test_in_which_order_they_stand_does_not_matter() -> None:
    found = {at_threat(FLOOR_3, steps, 5) for steps in (STEPS, STEPS[::-1], (*STEPS[1:], STEPS[0]))}

    assert len(found) == 1


def test_what_a_zone_asks_for_anyway_is_not_lowered() -> None:
    strong = replace(FLOOR_3, factor=BOTH, clearance=7)

    assert asked(at_threat(strong, (ThreatStep(1, CARD, clearance=2),), 5)) == (BOTH, 7)


@pytest.mark.parametrize(("usual", "expected"), [(CARD, BOTH), (PIN, PIN), (EITHER, PIN), (BOTH, BOTH)])
def test_what_it_asks_for_by_the_clock_is_raised_too(usual: Factor, expected: Factor) -> None:
    by_clock = replace(FLOOR_3, factor=BOTH, factor_times=(("office", usual),))

    assert asked(at_threat(by_clock, (ThreatStep(3, PIN),), 2)) == (usual, 0)
    assert asked(at_threat(by_clock, (ThreatStep(3, PIN),), 3)) == (expected, 0)


def test_whoever_came_in_by_a_pin_alone_leaves_by_it_whatever_the_threat_level() -> None:
    zone = at_threat(replace(FLOOR_3, factor=PIN), (ThreatStep(2, BOTH, clearance=9),), 2)
    known = replace(facts(ADAS_GRANT, zone=zone, pin=ADAS_PIN), credential=None)
    enters = a_request_by_pin(ADAS_PIN.key)

    assert decide(enters, known).reasons[0] is Reason.CARD_AWAITED
    assert decide(replace(enters, way=Way.OUT), known).reason is Reason.GRANTED


@pytest.mark.parametrize("wired", [True, False])
def test_neither_classes_nor_clearance_nor_threat_level_keep_anybody_in(*, wired: bool) -> None:
    takes_nothing = replace(
        FLOOR_3, reader_classes=frozenset({ReaderClass.OSDP_SC}), card_classes=frozenset({CardClass.SEOS})
    )
    zone = at_threat(takes_nothing, (ThreatStep(2, BOTH, clearance=9),), 5)
    leaves = replace(a_request(), way=Way.OUT, egress_is_wired=wired, reader_class=ReaderClass.TEXT)

    assert decide(leaves, facts(zone=zone)).reason is Reason.GRANTED


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (CARD, CARD, CARD),
        (CARD, EITHER, CARD),
        (CARD, PIN, BOTH),
        (CARD, BOTH, BOTH),
        (EITHER, EITHER, EITHER),
        (EITHER, PIN, PIN),
        (EITHER, BOTH, BOTH),
        (PIN, PIN, PIN),
        (PIN, BOTH, BOTH),
        (BOTH, BOTH, BOTH),
    ],
)
def test_of_two_factors_the_stronger_keeps_out_whom_either_does(one: Factor, other: Factor, expected: Factor) -> None:
    assert (stronger(one, other), stronger(other, one)) == (expected, expected)


@pytest.mark.parametrize("written", [0, 6, -1, 10**9, "3", "high", None, 3.0, b"3"])
def test_what_is_no_threat_level_is_the_highest(written: object) -> None:
    assert threat_in(written) == HIGHEST_THREAT


def test_every_level_is_itself() -> None:
    assert [threat_in(level) for level in LEVELS] == list(LEVELS)


@pytest.mark.parametrize(
    ("has", "takes", "expected"),
    [
        (0, 0, Reason.GRANTED),
        (0, 1, Reason.CLEARANCE_TOO_LOW),
        (2, 3, Reason.CLEARANCE_TOO_LOW),
        (3, 3, Reason.GRANTED),
        (9, 3, Reason.GRANTED),
    ],
)
def test_who_is_cleared_too_low_is_denied(has: int, takes: int, expected: Reason) -> None:
    known = replace(facts(ADAS_GRANT, zone=replace(FLOOR_3, clearance=takes)), clearance=has)

    assert decide(a_request(), known).reason is expected


def test_a_right_pin_alone_opens_nothing_for_who_is_cleared_too_low() -> None:
    zone = replace(FLOOR_3, factor=PIN, clearance=1)
    by_pin = replace(facts(ADAS_GRANT, zone=zone, pin=ADAS_PIN), credential=None)

    assert decide(a_request_by_pin(ADAS_PIN.key), by_pin).reason is Reason.CLEARANCE_TOO_LOW


def test_who_is_cleared_too_low_is_not_asked_for_a_pin() -> None:
    zone = replace(FLOOR_3, factor=BOTH, clearance=1)

    assert decide(a_request(), facts(ADAS_GRANT, zone=zone, pin=ADAS_PIN)).reason is Reason.CLEARANCE_TOO_LOW


def test_who_breaks_the_glass_must_be_cleared_too() -> None:
    zone = replace(FLOOR_3, clearance=1, max_age_seconds=60.0, break_glass="guards")
    stale = facts(zone=zone, policy_age_seconds=61.0, may_break_glass=True)

    assert decide(a_request(), stale).reason is Reason.CLEARANCE_TOO_LOW
