"""What ends an own PIN at a reader before it is set: another card, time, another policy, an order."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from doorctl.core.model import HeldCode
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.asking.own_pins import CARD_SECONDS, REPEAT_SECONDS, STEP_SECONDS, WHOLE_SECONDS
from doorctl.keys.card_keys import CardKeys, code_text, write_card_keys
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.door.hand_driven import DENIED, RELEASED
from tests.door.keypads import OTHER_READER, PIN, RING
from tests.door.own_pin_setting import (
    CARDS,
    CODE,
    ERASED,
    NEW,
    OTHER_CARD,
    SETS,
    SHOWN,
    WRONG,
    Setting,
)


@pytest.fixture
def ada(keys: Path) -> Setting:
    return Setting(keys)


@pytest.mark.parametrize(("facts", "reason"), [(SETS, Reason.PIN_AWAITED), (CARDS[1], Reason.UNKNOWN_CARD)])
@pytest.mark.parametrize("ends", ["wait", "0#", "late"])
def test_who_gives_up_after_the_card_is_recorded(keys: Path, facts: Facts, reason: Reason, ends: str) -> None:
    ada = Setting(keys, facts)
    ada.keys("0#")
    ada.card()
    match ends:
        case "wait":
            ada.wait(STEP_SECONDS)
        case "late":
            ada.door.now += STEP_SECONDS
            ada.keys("12#")
        case _:
            ada.keys(ends)
    kept = ada.kept()
    ada.door.commit_all()

    record = next(it for it in ada.door.statements if it.kind is RecordKind.DECISION)
    assert (record.outcome, record.reason, record.detail) == (Outcome.DENIED, reason, "own-pin")
    assert kept == []


def test_who_begins_and_goes_away_hinders_nobody_for_long(ada: Setting) -> None:
    ada.keys("0#")
    ada.wait(CARD_SECONDS)
    ada.card()
    ada.keys(f"{PIN}#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.GRANTED]
    assert ada.door.moves == [RELEASED]


def test_who_pauses_for_too_long_begins_anew(ada: Setting) -> None:
    ada.begin()
    ada.wait(STEP_SECONDS)
    ada.keys(f"{NEW}#{NEW}#")

    assert ada.own_pins_sent() == []


@pytest.mark.parametrize("entered", ["", f"{CODE}#", f"{CODE}#{NEW}#"])
def test_another_card_is_for_the_door_and_its_pin_in_nobodys_dialogue(ada: Setting, entered: str) -> None:
    ada.keys("0#")
    ada.card()
    ada.keys(entered)
    ada.card(card=OTHER_CARD)
    ada.keys(f"{CODE}#{NEW}#{NEW}#".removeprefix(entered))
    sent = ada.own_pins_sent()
    ada.door.commit_all()

    assert (ada.reasons[0], sent) == (Reason.PIN_AWAITED, [])
    assert DENIED in ada.door.done


@pytest.mark.parametrize("entered", ["", f"{CODE}#", f"{CODE}#{NEW}#"])
def test_a_reader_that_repeats_the_card_that_lies_there_ends_nothing(ada: Setting, entered: str) -> None:
    ada.keys("0#")
    ada.card()
    ada.keys(entered)
    for _ in range(3):
        ada.wait(REPEAT_SECONDS - 0.1)
        ada.card()
    ada.keys(f"{CODE}#{NEW}#{NEW}#".removeprefix(entered))

    assert len(ada.own_pins_sent()) == 1
    assert RecordKind.DECISION not in ada.door.kinds


def test_the_same_card_that_was_away_meanwhile_is_for_the_door(ada: Setting) -> None:
    ada.begin()
    ada.wait(REPEAT_SECONDS)
    ada.card()
    ada.keys(f"{PIN}#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.PIN_AWAITED, Reason.GRANTED]


def test_without_card_keys_no_card_is_a_repeat_of_another(tmp_path: Path) -> None:
    ada = Setting(tmp_path / "missing", CARDS[1])
    ada.keys("0#")
    ada.card()
    ada.card(card=OTHER_CARD)

    assert ada.door.done == [SHOWN, SHOWN, "record decision", DENIED]


def test_who_shows_the_card_at_the_other_keypad_has_gone_from_the_first(ada: Setting) -> None:
    ada.begin()
    ada.card(OTHER_READER)
    ada.keys(f"{PIN}#", OTHER_READER)
    ada.keys(f"{NEW}#{NEW}#")
    sent = ada.own_pins_sent()
    ada.door.commit_all()

    assert (ada.reasons[:2], sent) == ([Reason.PIN_AWAITED, Reason.GRANTED], [])


def test_a_card_that_follows_before_the_first_is_looked_up_ends_it_too(ada: Setting) -> None:
    ada.keys("0#")
    ada.door.keeps_waiting = True
    ada.card()
    ada.card(card=OTHER_CARD)
    ada.keys("0#")
    ada.card(card=OTHER_CARD)
    ada.door.questions[0]()

    assert ada.door.done == [SHOWN, SHOWN]


def test_nobody_puts_the_end_off_for_longer_than_a_while(ada: Setting) -> None:
    ada.keys("0#")
    ada.card()
    for entry in (CODE, "12", "13", NEW):
        ada.wait(STEP_SECONDS - 1)
        ada.keys(f"{entry}#")
    before = len(ada.reasons)
    ada.wait(WHOLE_SECONDS - 4 * (STEP_SECONDS - 1))

    assert ada.reasons[before:] == [Reason.PIN_AWAITED]


def test_who_begins_again_forgets_the_card_of_before(ada: Setting) -> None:
    ada.begin()
    ada.keys(f"0#{NEW}#{NEW}#")

    assert ada.own_pins_sent() == []


@pytest.mark.parametrize("entered", ["", f"{CODE}#", f"{CODE}#{NEW}#"])
def test_a_ring_that_loses_a_key_meanwhile_ends_it_and_not_the_process(tmp_path: Path, entered: str) -> None:
    keys, ring = tmp_path / "keys", CardKeys((b"k" * 32, b"n" * 32))
    write_card_keys(keys, ring)
    told = ring.credential_keys(code_text(CODE[:3], holder="ada"))[1]
    code = HeldCode(told, builders.NOON + timedelta(hours=1), ring_keys=2)
    ada = Setting(keys, replace(SETS, ring_keys=2, pin_code=code))
    ada.keys("0#")
    ada.card()
    ada.keys(entered)
    keys.unlink()
    write_card_keys(keys, RING)
    ada.card_keys.refresh()
    ada.keys(f"{CODE}#{NEW}#{NEW}#".removeprefix(entered))

    assert WRONG in ada.door.done
    assert ada.own_pins_sent() == []


@pytest.mark.parametrize("ticks", [False, True])
@pytest.mark.parametrize("entered", ["", f"{CODE}#", f"{CODE}#{NEW}#"])
def test_another_policy_ends_it_and_names_nobody_who_is_erased(ada: Setting, entered: str, ticks: bool) -> None:
    ada.keys("0#")
    ada.card()
    ada.keys(entered)
    ada.door.position, ada.door.facts = ada.door.position._replace(revision=8), ERASED
    if ticks:
        ada.wait(1)
    ada.keys(f"{NEW}#")
    named = [it.subject for it in ada.door.drafts if it.subject == "holder:ada"]
    ada.keys(f"{NEW}#")
    sent = ada.own_pins_sent()
    ada.door.commit_all()

    assert (ada.reasons[0], sent, named) == (Reason.UNKNOWN_CARD, [], [])
    assert WRONG in ada.door.done


@pytest.mark.parametrize("entered", ["", f"{CODE}#", f"{CODE}#{NEW}#"])
def test_an_order_ends_what_is_under_way(ada: Setting, entered: str) -> None:
    ada.keys("0#")
    ada.card()
    ada.keys(entered)
    ada.door.deny_list.add(DenyHolder("ada", 9), ada.door.position, epoch=1)
    ada.wait(1)
    ada.keys(f"{NEW}#{NEW}#")
    sent = ada.own_pins_sent()
    ada.door.commit_all()

    assert (ada.reasons[0], sent) == (Reason.DENIED_BY_ORDER, [])


def test_an_order_of_before_looks_as_any_card(ada: Setting) -> None:
    ada.door.deny_list.add(DenyHolder("ada", 9), ada.door.position, epoch=1)
    ada.keys("0#")
    ada.card()
    ada.wait(1)

    assert ada.door.done == [SHOWN, SHOWN]
