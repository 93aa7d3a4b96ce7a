"""A door keeps another locked while it is unlocked or open, and that is said before a PIN or company is asked for."""

from dataclasses import replace

import pytest

from doorctl.core.areas import Way
from doorctl.core.decision import decide
from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door_events import (
    ContactClosed,
    ContactOpened,
    FireStarted,
    HoldOpenOrdered,
    OpenOrdered,
    RexPressed,
    SignalName,
    Tick,
)
from doorctl.core.machines.door_state import DoorState
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.core.rules.factors import pin_failed
from doorctl.core.rules.interlock import InterlockWhile, keeps_other_locked
from tests.core.builders import ADAS_GRANT, ADAS_PIN, FLOOR_3, a_request, a_request_by_pin, facts
from tests.core.door_builders import SEQ, a_door, after

CLOSED = a_door()
OPEN = after(CLOSED, ContactOpened(0))
LET_IN = after(CLOSED, OpenOrdered(SEQ, 0))
INTERLOCKED = replace(facts(ADAS_GRANT, pin=ADAS_PIN), interlocked=True)


@pytest.mark.parametrize(
    ("door", "while_unlocked", "while_open"),
    [
        (CLOSED, False, False),
        (OPEN, False, True),
        (DoorState(), False, True),
        (LET_IN, True, True),
        (after(LET_IN, ContactOpened(1)), False, True),
        (after(LET_IN, ContactOpened(1), ContactClosed(2)), False, False),
        (after(LET_IN, Tick(5)), True, True),
        (after(LET_IN, Tick(5), Tick(5.5)), False, False),
        (after(CLOSED, HoldOpenOrdered(SEQ, 0, 60), ContactOpened(1), ContactClosed(2)), True, True),
        (after(CLOSED, RexPressed(0)), True, True),
        (after(a_door(rex_releases=True), RexPressed(0)), True, True),
        (after(CLOSED, FireStarted(0)), True, True),
    ],
    ids=[
        *("closed", "open", "unknown", "unlocked", "used", "used-and-closed", "grace", "unused", "held-open"),
        *("way-out-by-wiring", "way-out-by-strike", "fire"),
    ],
)
def test_a_door_keeps_another_locked(door: DoorState, while_unlocked: bool, while_open: bool) -> None:
    assert keeps_other_locked(door, InterlockWhile.UNLOCKED) is while_unlocked
    assert keeps_other_locked(door, InterlockWhile.UNLOCKED_OR_OPEN) is while_open


def test_nobody_is_asked_for_a_pin_or_for_company_in_vain() -> None:
    asking = replace(INTERLOCKED, zone=replace(FLOOR_3, factor=Factor.CARD_AND_PIN, persons=2))

    assert decide(a_request(), asking).reasons == (Reason.INTERLOCKED, Reason.PIN_AWAITED, Reason.PERSON_AWAITED)


def test_whoever_is_denied_for_anything_else_does_not_learn_of_the_other_door() -> None:
    unknown = replace(INTERLOCKED, credential=None)

    assert decide(a_request(), unknown).reason is Reason.UNKNOWN_CARD
    assert decide(a_request(), replace(INTERLOCKED, grants=())).reason is Reason.NO_GRANT


@pytest.mark.parametrize("pin", [ADAS_PIN.key, b"d" * 32, b"w" * 32], ids=["right", "duress", "wrong"])
def test_no_pin_without_a_card_is_looked_at_while_another_door_is_open(pin: bytes) -> None:
    asking = replace(INTERLOCKED, zone=replace(FLOOR_3, factor=Factor.PIN), credential=None)
    request = a_request_by_pin(pin)
    decision = decide(request, asking)

    assert decision == decide(a_request_by_pin(ADAS_PIN.key), asking)
    assert decision.reasons == (Reason.INTERLOCKED,)
    assert not pin_failed(request, asking, decision)
    assert denial_shown(decision.reason, pin_alone=True) is SignalName.DENIED


def test_duress_is_told_where_the_other_door_is_open() -> None:
    assert decide(a_request(pin=b"d" * 32), INTERLOCKED).reasons == (Reason.INTERLOCKED, Reason.DURESS)


@pytest.mark.parametrize("request_", [a_request(), a_request_by_pin(ADAS_PIN.key)], ids=["card", "pin"])
def test_no_other_door_keeps_anybody_in_who_gets_out_by_us_alone(request_: AccessRequest) -> None:
    leaving = replace(request_, way=Way.OUT)
    other_is_open = replace(facts(ADAS_GRANT, pin=ADAS_PIN), interlocked=True)

    assert Reason.INTERLOCKED not in decide(leaving, other_is_open).reasons
    assert Reason.INTERLOCKED in decide(replace(leaving, egress_is_wired=True), other_is_open).reasons


@pytest.mark.parametrize("pin", [b"w" * 32, b""])
def test_a_wrong_pin_lets_nobody_out_while_another_door_is_open(pin: bytes) -> None:
    leaving = replace(a_request_by_pin(pin), way=Way.OUT)
    other_is_open = replace(INTERLOCKED, zone=replace(FLOOR_3, factor=Factor.PIN), credential=None)

    assert decide(leaving, other_is_open).reasons == (Reason.WRONG_PIN,)
    assert decide(replace(leaving, pins=(ADAS_PIN.key,)), other_is_open).is_granted
