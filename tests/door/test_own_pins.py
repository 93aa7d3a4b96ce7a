"""An own PIN at a reader: what the door shows and records of it, what it sends, and that nothing opens by it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from doorctl.audit.state import WrongPinsKept
from doorctl.core.model import HeldCode, HeldPin, Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.asking.asked import WayOut
from doorctl.door.asking.own_pins import CARD_SECONDS, STEP_SECONDS, WATCH_SECONDS
from doorctl.wire.orders import DenyHolder
from doorctl.wire.own_pin import OwnPin, read_own_pin
from tests.core import builders
from tests.door.hand_driven import FAULT, GRANTED
from tests.door.keypads import CARD, DURESS, OTHER_READER, PIN, READER, WAITING
from tests.door.own_pin_setting import (
    CARDS,
    CODE,
    ERASED,
    NEW,
    NEW_KEY,
    OTHER_CARD,
    OTHER_CODE,
    SECRET,
    SETS,
    SHOWN,
    WRONG,
    Setting,
)


@pytest.fixture
def ada(keys: Path) -> Setting:
    return Setting(keys)


def test_each_step_is_shown_and_what_is_sent_is_a_keyed_hash_that_the_code_proves(ada: Setting) -> None:
    ada.set_pin()

    (text,) = ada.own_pins_sent()
    found = read_own_pin(text)
    own_pin = OwnPin("ada", 1, 4, NEW_KEY)
    assert found == (own_pin, own_pin.proof(SECRET))
    assert ada.door.done == [SHOWN] * 4 + ["record own_pin"]


def test_neither_the_pin_nor_its_hash_nor_whose_it_is_stands_in_the_record(ada: Setting) -> None:
    ada.set_pin()

    record = ada.door.statement(RecordKind.OWN_PIN)
    assert [each for each in (NEW, CODE, NEW_KEY.hex(), "ada") if each in repr(record)] == []
    assert [each for each in (NEW, CODE) if each in ada.own_pins_sent()[0].split(":")] == []


def test_who_has_set_a_pin_waits_for_the_policy_to_come_with_it(ada: Setting) -> None:
    ada.set_pin()
    ada.door.commit_all()
    ada.wait(1)
    before = list(ada.door.done[5:])
    ada.door.facts = replace(SETS, pin=HeldPin(NEW_KEY), pin_code=None)
    ada.wait(1)
    ada.wait(1)

    assert before == [WAITING]
    assert ada.door.done[6:] == [GRANTED]
    assert ada.door.moves == []


def test_nobody_waits_for_longer_than_a_while(ada: Setting) -> None:
    ada.set_pin()
    ada.door.commit_all()
    ada.wait(WATCH_SECONDS)
    ada.door.facts = replace(SETS, pin=HeldPin(NEW_KEY))
    ada.wait(1)

    assert ada.door.done[5:] == [WAITING]


def test_what_cannot_be_recorded_is_shown_as_that(ada: Setting) -> None:
    ada.set_pin()
    ada.door.fail()

    assert ada.door.done[-1] == FAULT


@pytest.mark.parametrize(
    ("pin", "again", "done"),
    [
        ("1111", NEW, [WRONG, SHOWN]),
        ("123", NEW, [WRONG, SHOWN]),
        (NEW, "2581", [SHOWN, WRONG]),
    ],
)
def test_what_can_be_no_pin_or_is_not_the_same_again_is_asked_for_anew(
    ada: Setting, pin: str, again: str, done: list[str]
) -> None:
    ada.set_pin(pin, again)
    sent = ada.own_pins_sent()
    ada.keys(f"{NEW}#" if done[0] == WRONG else f"{NEW}#{NEW}#")

    assert (ada.door.done[3:5], sent) == (done, [])
    assert len(ada.own_pins_sent()) == 1


def test_the_door_takes_the_one_for_duress_as_any_other(keys: Path) -> None:
    shown = []
    for pin in (DURESS, NEW):
        ada = Setting(keys)
        ada.set_pin(pin, pin)
        ada.door.commit_all()
        shown.append(ada.door.done)

    assert shown[0] == shown[1]
    assert shown[0][-2:] == ["record own_pin", WAITING]


@pytest.mark.parametrize("refused", ["12#1111#123456789#", f"{NEW}#2581#" * 3])
def test_what_is_refused_too_often_ends_it_and_counts_as_a_wrong_pin(ada: Setting, refused: str) -> None:
    ada.begin()
    ada.keys(refused)
    (kept,) = ada.kept()
    ada.door.commit_all()
    ada.keys(f"{NEW}#{NEW}#")

    record = next(it for it in ada.door.statements if it.kind is RecordKind.DECISION)
    assert (record.outcome, record.reason, record.detail) == (Outcome.DENIED, Reason.WRONG_PIN, "own-pin")
    assert len(kept.levels) == 2
    assert ada.own_pins_sent() == []


def test_a_wrong_code_ends_it_and_counts_as_a_wrong_pin_of_card_and_reader(ada: Setting) -> None:
    ada.begin(OTHER_CODE.replace("799", "123"))
    (kept,) = ada.kept()
    ada.door.commit_all()

    record = ada.door.statement(RecordKind.DECISION)
    assert (record.outcome, record.reason, record.detail) == (Outcome.DENIED, Reason.WRONG_PIN, "own-pin")
    assert isinstance(kept, WrongPinsKept)
    assert len(kept.levels) == 2
    assert ada.door.done == [SHOWN, SHOWN, WRONG, "record decision"]


def test_so_many_wrong_codes_block_the_card_and_then_the_right_one_is_not_looked_at(ada: Setting) -> None:
    for _ in range(3):
        ada.begin("11111111")
        ada.door.commit_all()
    ada.set_pin()
    ada.door.commit_all()

    assert ada.reasons[:4] == [Reason.WRONG_PIN] * 3 + [Reason.PIN_BLOCKED]
    assert ada.door.kinds.count(RecordKind.OWN_PIN) == 0


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(SETS, credential=None, holder=None), Reason.UNKNOWN_CARD),
        (replace(SETS, holder=replace(builders.ADA, status=Status.SUSPENDED)), Reason.HOLDER_SUSPENDED),
    ],
)
def test_a_card_that_is_denied_everywhere_sets_no_pin(keys: Path, facts: Facts, reason: Reason) -> None:
    ada = Setting(keys, facts)
    ada.begin()
    (kept,) = ada.kept()
    ada.door.commit_all()

    assert ada.reasons == [reason]
    assert ada.door.done == [SHOWN, SHOWN, WRONG, "record decision"]
    assert "reader:front-in" in kept.levels
    assert ada.door.kinds.count(RecordKind.OWN_PIN) == 0


@pytest.mark.parametrize("code", ["", f"{CODE}#", f"{CODE}#" * 2])
def test_nobody_learns_at_a_reader_whether_a_card_is_active(keys: Path, code: str) -> None:
    looks = []
    for facts in CARDS:
        ada = Setting(keys, facts)
        for _ in range(4):
            ada.keys("0#")
            ada.card()
            ada.keys(code)
            ada.wait(STEP_SECONDS / 3)
        looks.append([what for what in ada.door.done if what.startswith("signal")])

    assert looks == [looks[0]] * len(CARDS)


def test_whom_an_order_denies_sets_no_pin(ada: Setting) -> None:
    ada.door.deny_list.add(DenyHolder("ada", 9), ada.door.position, epoch=1)
    ada.begin()
    ada.door.commit_all()

    assert ada.reasons[0] is Reason.DENIED_BY_ORDER


def test_a_card_that_waits_for_its_pin_waits_no_longer(ada: Setting) -> None:
    ada.card()
    ada.keys("0#")
    ada.keys(f"{PIN}#")
    ada.door.commit_all()

    assert ada.reasons[0] is Reason.PIN_AWAITED
    assert ada.door.moves == []


def test_what_is_entered_before_the_card_is_for_the_door(ada: Setting) -> None:
    ada.keys(f"0#{PIN}#")
    ada.card()
    ada.keys(f"{PIN}#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.CARD_AWAITED, Reason.GRANTED]


def test_the_other_keypad_goes_on(ada: Setting) -> None:
    ada.keys("0#")
    ada.card(card=OTHER_CARD)
    ada.card(OTHER_READER)
    ada.keys(f"{PIN}#", OTHER_READER)
    ada.door.commit_all()

    assert ada.reasons == [Reason.GRANTED]


def test_at_a_reader_of_no_door_nobody_sets_a_pin(ada: Setting) -> None:
    assert not ada.own_pins.take_entry("cabin", "0")


@pytest.mark.parametrize(("is_wired", "sets"), [(False, False), (True, True)])
def test_nobody_is_kept_inside_by_who_begins_to_set_a_pin(ada: Setting, is_wired: bool, sets: bool) -> None:
    ada.door.doorway.way_out = WayOut(frozenset({READER}), is_wired)

    assert ada.own_pins.take_entry(READER, "0") is sets


@pytest.mark.parametrize(
    "facts",
    [
        ERASED,
        replace(SETS, holder=replace(builders.ADA, status=Status.SUSPENDED)),
        replace(SETS, pin_code=None),
        replace(SETS, pin_code=HeldCode(NEW_KEY, builders.NOON + timedelta(hours=1))),
    ],
)
def test_the_policy_is_asked_again_before_a_pin_goes_out(ada: Setting, facts: Facts) -> None:
    ada.begin()
    ada.keys(f"{NEW}#")
    ada.door.facts = facts
    ada.keys(f"{NEW}#")

    assert ada.own_pins_sent() == []
    assert ada.door.done[-2:] == [WRONG, "record decision"]


def test_what_is_entered_while_the_card_is_looked_up_waits_for_that(ada: Setting) -> None:
    ada.door.keeps_waiting = True
    ada.set_pin()
    early = ada.own_pins_sent()
    while ada.door.questions:
        ada.door.questions.pop(0)()

    assert (early, len(ada.own_pins_sent())) == ([], 1)


def test_a_card_whose_answer_comes_when_nobody_waits_for_it_is_nobodys(ada: Setting) -> None:
    ada.keys("0#")
    ada.door.keeps_waiting = True
    ada.card(card=CARD)
    ada.wait(CARD_SECONDS)
    for answer in ada.door.questions:
        answer()
    ada.keys(f"{CODE}#{NEW}#{NEW}#")

    assert ada.own_pins_sent() == []
    assert ada.door.done[:1] == [SHOWN]
