"""PINs in a cabin: asked for once, where a floor asks for it; floors that take a card alone are enabled before."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.audit.state import WrongPinsKept
from doorctl.core.machines.door_events import SignalName
from doorctl.core.model import Credential, Factor, OnAuditFailure
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.door.asking.pin_pads import WAIT_SECONDS
from doorctl.wire.orders import DenyHolder
from firmware_bridge.reader_events import CardRead, KeyPressed
from tests.door.keypads import ALONE, CARD, DURESS, HELD, HELD_ALONE, KEY, PIN, WRONG
from tests.door.lift import FIRST, FLOORS, GROUND, READER, SECOND, Lift

ANOTHER_CARD = "H10301:1:1002"


def a_lift(keys: Path, *admitted: str, asks: Iterable[str] = (SECOND,), factor: Factor = Factor.CARD_AND_PIN) -> Lift:
    """Make an elevator with a keypad, of which some floors ask for more than a card."""
    lift = Lift(*admitted, keys=keys)
    for floor in asks:
        lift.zone_of(floor, factor=factor, pin_tries=3, pin_block_seconds=60)
    for floor in FLOORS:
        held = HELD_ALONE if factor is Factor.PIN else HELD
        card = None if factor is Factor.PIN else Credential(KEY, "ada")
        lift.facts[floor] = replace(lift.facts[floor], credential=card, pin=held)
    return lift


@pytest.fixture
def lift(keys: Path) -> Lift:
    return a_lift(keys, GROUND, SECOND)


def test_floors_that_take_a_card_are_enabled_at_once_and_the_others_after_the_pin(lift: Lift) -> None:
    lift.card(CARD)
    before = lift.enabled
    lift.keys(f"{PIN}#")

    assert (before, lift.enabled) == ([GROUND], [GROUND, SECOND])
    assert [it.detail for it in lift.recorded(RecordKind.DECISION)] == ["floors=G", "floors=G,2"]
    assert lift.shown == [SignalName.GRANTED, SignalName.WAITING, SignalName.GRANTED]


def test_a_card_for_which_every_floor_asks_for_the_pin_enables_nothing_yet_and_is_not_recorded(keys: Path) -> None:
    lift = a_lift(keys, FIRST, SECOND, asks=(FIRST, SECOND))
    lift.card(CARD)
    before = (lift.enabled, lift.said, list(lift.shown))
    lift.keys(f"{PIN}#")

    assert before == ([], [], [SignalName.WAITING])
    assert lift.enabled == [FIRST, SECOND]
    assert len(lift.asked) == 2


def test_nobody_is_asked_for_a_pin_where_no_floor_would_be_granted_by_it(keys: Path) -> None:
    lift = a_lift(keys, GROUND)
    lift.card(CARD)

    assert lift.shown == [SignalName.GRANTED]


def test_a_pin_that_never_comes_is_recorded_where_nothing_was_granted(keys: Path) -> None:
    lift = a_lift(keys, SECOND)
    lift.card(CARD)
    lift.wait(WAIT_SECONDS)

    assert (lift.reasons, lift.moves) == ([Reason.PIN_AWAITED], [])


def test_a_pin_that_never_comes_enables_no_floor_once_more(lift: Lift) -> None:
    lift.card(CARD)
    lift.wait(WAIT_SECONDS)

    assert lift.reasons == [Reason.GRANTED]
    assert lift.enabled == []


def test_another_card_in_the_cabin_does_not_get_the_pin_of_the_first(keys: Path) -> None:
    lift = a_lift(keys, SECOND)
    lift.card(CARD)
    lift.facts = {floor: replace(facts, credential=None, holder=None) for floor, facts in lift.facts.items()}
    lift.card(ANOTHER_CARD)
    lift.keys(f"{PIN}#")

    assert lift.enabled == []


def test_a_wrong_pin_counts_once_and_leaves_what_the_card_enabled(lift: Lift) -> None:
    lift.card(CARD)
    lift.keys(f"{WRONG}#")

    kept = (1.0, int(lift.at.timestamp()))
    assert lift.remembered == [(WrongPinsKept({f"credential:{KEY.hex()}": kept, f"reader:{READER}": kept}),)]
    assert lift.reasons == [Reason.GRANTED, Reason.WRONG_PIN]
    assert lift.enabled == [GROUND]
    assert lift.shown[-1] is SignalName.WRONG_PIN


def test_wrong_pins_block_the_card_at_every_floor_that_asks_for_one(keys: Path) -> None:
    lift = a_lift(keys, SECOND)
    for _ in range(3):
        lift.card(CARD)
        lift.keys(f"{WRONG}#")
    lift.card(CARD)
    lift.keys(f"{PIN}#")

    assert lift.reasons[:3] == [Reason.WRONG_PIN] * 3
    assert set(lift.reasons[3:]) == {Reason.PIN_BLOCKED}
    assert lift.enabled == []


def test_wrong_pins_count_also_where_another_floor_has_blocked_the_card_already(keys: Path) -> None:
    lift = a_lift(keys, FIRST, SECOND, asks=(FIRST, SECOND))
    lift.zone_of(FIRST, factor=Factor.CARD_AND_PIN, pin_tries=1, pin_block_seconds=60)
    for _ in range(3):
        lift.card(CARD)
        lift.keys(f"{WRONG}#")
    counted = len(lift.remembered)
    lift.card(CARD)
    lift.keys(f"{PIN}#")

    assert counted == 3
    assert lift.enabled == []


def test_the_pin_for_duress_enables_and_looks_the_same_and_the_record_says_it(keys: Path) -> None:
    lifts = [a_lift(keys, GROUND, SECOND) for _ in range(2)]
    for lift, pin in zip(lifts, (PIN, DURESS), strict=True):
        lift.card(CARD)
        lift.keys(f"{pin}#")
    free, forced = lifts

    assert (forced.moves, forced.shown) == (free.moves, free.shown)
    assert (free.reasons[-1], forced.reasons[-1]) == (Reason.GRANTED, Reason.DURESS)


def test_the_pin_for_duress_calls_for_help_where_no_floor_lets_in_any_more(keys: Path) -> None:
    lift = a_lift(keys, SECOND)
    lift.card(CARD)
    lift.facts[SECOND] = replace(lift.facts[SECOND], grants=())
    lift.keys(f"{DURESS}#")

    assert lift.recorded(RecordKind.DECISION)[-1].reasons == (Reason.NO_GRANT, Reason.DURESS)
    assert lift.moves == []


def test_a_pin_alone_goes_to_the_floors_that_take_one(keys: Path) -> None:
    lift = a_lift(keys, GROUND, SECOND, factor=Factor.PIN)
    lift.keys(f"{ALONE}#")

    assert lift.enabled == [SECOND]
    assert lift.reasons == [Reason.GRANTED]
    assert lift.remembered == []


def test_a_pin_alone_that_opens_nothing_counts_and_looks_wrong_whosever_it_is(keys: Path) -> None:
    lift = a_lift(keys, factor=Factor.PIN)
    lift.keys(f"{ALONE}#")

    assert lift.recorded(RecordKind.DECISION)[0].outcome is Outcome.DENIED
    assert lift.shown == [SignalName.WRONG_PIN]
    assert len(lift.remembered) == 1


def test_a_card_whose_holder_an_order_denies_waits_for_its_pin_no_longer(keys: Path) -> None:
    lift = a_lift(keys, SECOND)
    lift.card(CARD)
    lift.order(DenyHolder("ada", 9))
    lift.keys(f"{PIN}#")

    assert lift.enabled == []
    assert Reason.GRANTED not in lift.reasons


def test_duress_in_a_cabin_is_an_alarm_where_no_record_can_be_written(
    keys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lift = a_lift(keys, SECOND)
    lift.events.take(CardRead(READER, CARD, lift.hand.now))
    for key in f"{DURESS}#":
        lift.events.take(KeyPressed(READER, key, lift.hand.now))
    lift.hand.fail()

    assert "<2>event=duress door=lift" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("on_failure", "reason"),
    [(OnAuditFailure.DENY, Reason.AUDIT_FAILED), (OnAuditFailure.RELEASE, Reason.DURESS)],
)
def test_duress_in_a_cabin_is_recorded_as_soon_as_the_disk_takes_records_again(
    keys: Path, on_failure: OnAuditFailure, reason: Reason
) -> None:
    lift = a_lift(keys, SECOND)
    asks = {"factor": Factor.CARD_AND_PIN, "pin_tries": 3, "pin_block_seconds": 60}
    lift.zone_of(SECOND, **asks, on_audit_failure=on_failure)
    lift.events.take(CardRead(READER, CARD, lift.hand.now))
    for key in f"{DURESS}#":
        lift.events.take(KeyPressed(READER, key, lift.hand.now))
    lift.hand.fail()

    _, said = (it.statement for it in lift.hand.drafts if it.statement.kind is RecordKind.DECISION)
    assert (said.door, said.reason) == ("lift", reason)
    assert Reason.DURESS in {said.reason, *said.reasons}
