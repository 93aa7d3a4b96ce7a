"""PINs at a door: a card waits for its PIN and holds up nobody, wrong ones are recorded and block, none is told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from doorctl.audit.state import WrongPinsKept
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.door.asking.pin_pads import WAIT_SECONDS
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.door.hand_driven import DENIED, GRANTED, RELEASED
from tests.door.keypads import (
    ADA,
    ADA_BY_PIN_ALONE,
    ALONE,
    DURESS,
    KEY,
    OTHER_READER,
    PIN,
    READER,
    RING,
    WAITING,
    WRONG,
    ZONE,
    Keypads,
)


@pytest.fixture
def ada(keys: Path) -> Keypads:
    return Keypads(keys, ADA)


def test_a_card_that_lacks_its_pin_is_asked_for_it_and_nothing_is_recorded_yet(ada: Keypads) -> None:
    ada.card()

    assert ada.door.done == [WAITING]


def test_card_and_pin_open_and_are_one_record(ada: Keypads) -> None:
    ada.card()
    ada.keys(f"{PIN}#")

    assert ada.door.done == [WAITING, "record decision"]
    ada.door.commit()
    assert ada.door.done[2:] == [RELEASED, GRANTED, "record released"]
    assert ada.door.statement(RecordKind.DECISION).outcome is Outcome.GRANTED


def test_a_pin_may_be_keyed_in_before_the_card(ada: Keypads) -> None:
    ada.keys(PIN)
    ada.card()
    ada.keys("#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.GRANTED]


def test_a_pin_that_is_entered_before_its_card_is_looked_up_waits_for_that(ada: Keypads) -> None:
    ada.door.keeps_waiting = True
    ada.card()
    ada.keys(f"{PIN}#")
    while ada.door.questions:
        ada.door.questions.pop(0)()
    ada.door.commit_all()

    assert ada.reasons == [Reason.GRANTED]


def test_duress_looks_the_same_at_the_door(ada: Keypads, keys: Path) -> None:
    other = Keypads(keys, ADA)

    reasons = [ada.enter(PIN), other.enter(DURESS)]

    assert reasons == [Reason.GRANTED, Reason.DURESS]
    assert (other.door.done, other.tones) == (ada.door.done, ada.tones)


def test_duress_is_recorded_and_an_alarm_where_the_door_denies_however_fast(
    ada: Keypads, capfd: pytest.CaptureFixture[str]
) -> None:
    ada.card()
    ada.door.facts = replace(ADA, grants=())
    ada.keys(f"{PIN}#")
    ada.door.commit_all()
    ada.door.facts = ADA
    ada.card()
    ada.door.facts = replace(ADA, grants=())
    ada.keys(f"{DURESS}#")
    ada.door.commit_all()

    reasons = [it.reasons for it in ada.door.statements if it.kind is RecordKind.DECISION]
    assert reasons == [(Reason.NO_GRANT,), (Reason.NO_GRANT, Reason.DURESS)]
    assert ada.door.moves == []
    assert "<2>event=duress door=front record=1" in capfd.readouterr().err


def test_a_card_that_waits_holds_up_nobody(ada: Keypads) -> None:
    ada.card()
    ada.door.facts = replace(ADA, zone=builders.FLOOR_3)

    ada.card(OTHER_READER)
    ada.door.commit()

    assert ada.door.done == [WAITING, "record decision", RELEASED, GRANTED, "record released"]


def test_a_pin_at_another_reader_is_not_that_of_the_card(ada: Keypads) -> None:
    ada.card()
    ada.keys(f"{PIN}#", OTHER_READER)
    ada.door.commit_all()

    assert ada.reasons == [Reason.CARD_AWAITED]
    assert ada.door.moves == []


def test_a_card_whose_pin_never_comes_is_recorded_and_denied(ada: Keypads) -> None:
    ada.card()
    ada.wait(WAIT_SECONDS - 0.1)
    before = list(ada.reasons)

    ada.wait(0.1)

    assert (before, ada.reasons) == ([], [Reason.PIN_AWAITED])
    assert ada.door.done[-1] == DENIED
    ada.wait(2)
    ada.keys(f"{PIN}#")
    ada.door.commit_all()
    assert ada.reasons[-1] is Reason.CARD_AWAITED


def test_each_key_gives_a_card_more_time(ada: Keypads) -> None:
    ada.card()
    for key in PIN:
        ada.wait(9)
        ada.keys(key)
    ada.keys("#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.GRANTED]


def test_another_card_takes_the_place_of_the_one_that_waits(ada: Keypads) -> None:
    ada.card()
    ada.card()
    ada.door.commit_all()

    assert ada.reasons == [Reason.PIN_AWAITED]
    ada.keys(f"{PIN}#")
    ada.door.commit_all()
    assert ada.reasons == [Reason.PIN_AWAITED, Reason.GRANTED]


def test_a_card_that_is_let_in_at_once_ends_the_wait_of_the_one_before(ada: Keypads) -> None:
    ada.card()
    ada.door.facts = replace(ADA, zone=builders.FLOOR_3)
    ada.card()
    ada.door.facts = ADA
    ada.door.commit_all()
    ada.wait(2)

    ada.keys(f"{WRONG}#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.GRANTED, Reason.PIN_AWAITED, Reason.CARD_AWAITED]


def test_an_order_that_denies_the_holder_ends_the_wait(ada: Keypads) -> None:
    ada.card()
    ada.door.deny_list.add(DenyHolder("ada", 8), ada.door.position)

    ada.door.doorway.end_what_is_denied()
    ada.door.commit_all()

    assert ada.reasons == [Reason.DENIED_BY_ORDER]


def test_an_order_denies_a_holder_who_brings_a_pin_alone(keys: Path) -> None:
    ada = Keypads(keys, ADA_BY_PIN_ALONE)
    ada.door.deny_list.add(DenyHolder("ada", 8), ada.door.position)

    ada.keys(f"{ALONE}#")
    ada.door.commit_all()

    assert ada.reasons == [Reason.DENIED_BY_ORDER]


def test_a_pin_alone_opens_and_its_record_is_about_its_holder(keys: Path) -> None:
    ada = Keypads(keys, ADA_BY_PIN_ALONE)

    ada.keys(f"{ALONE}#")

    assert ada.door.waiting[0].draft.subject == "holder:ada"
    ada.door.commit_all()
    assert ada.reasons == [Reason.GRANTED]
    assert ada.door.moves == [RELEASED]


def test_so_many_wrong_pins_block_the_card_at_every_reader_and_then_the_right_one_is_not_looked_at(
    ada: Keypads,
) -> None:
    wrong = [ada.enter(WRONG) for _ in range(3)]

    ada.card(OTHER_READER)
    ada.door.commit_all()

    assert wrong == [Reason.WRONG_PIN] * 3
    assert ada.reasons[3:] == [Reason.PIN_BLOCKED]
    ada.wait(59)
    ada.card()
    ada.door.commit_all()
    assert ada.reasons[4:] == [Reason.PIN_BLOCKED]
    ada.wait(1)
    assert ada.enter(PIN) is Reason.GRANTED


def test_wrong_pins_of_many_cards_block_the_reader_alone(ada: Keypads) -> None:
    for number in range(3):
        card = f"H10301:2:{number}"
        ada.door.facts = replace(ADA, credential=replace(builders.ADAS_CARD, key=RING.credential_key(card)))
        ada.enter(WRONG, card=card)
    ada.door.facts = ADA

    assert ada.reasons == [Reason.WRONG_PIN] * 3
    assert ada.enter(PIN, OTHER_READER) is Reason.GRANTED
    ada.card()
    ada.door.commit_all()
    assert ada.reasons[-1] is Reason.PIN_BLOCKED


def test_the_right_pin_makes_a_card_begin_anew_and_not_its_reader(ada: Keypads) -> None:
    told = [ada.enter(pin) for pin in (WRONG, PIN, WRONG, PIN, WRONG)]

    assert told == [Reason.WRONG_PIN, Reason.GRANTED, Reason.WRONG_PIN, Reason.GRANTED, Reason.WRONG_PIN]
    ada.card()
    ada.door.commit_all()
    assert ada.reasons[-1] is Reason.PIN_BLOCKED
    assert ada.enter(PIN, OTHER_READER) is Reason.GRANTED


def test_each_wrong_pin_is_recorded_however_fast_and_is_remembered_with_its_record(ada: Keypads) -> None:
    for count in (1, 2, 3):
        ada.card()
        ada.keys(f"{WRONG}#")
        (kept,) = ada.kept()
        noon = int(builders.NOON.timestamp())
        assert kept == WrongPinsKept({f"credential:{KEY.hex()}": (count, noon), f"reader:{READER}": (count, noon)})
        ada.door.commit_all()


def test_the_record_of_the_wrong_pin_that_blocks_says_what(ada: Keypads) -> None:
    for pin in (WRONG, WRONG, PIN, WRONG):
        ada.enter(pin)
    for _ in range(2):
        ada.enter(WRONG, OTHER_READER)

    told = [it.detail for it in ada.door.statements if it.reason is Reason.WRONG_PIN]
    assert told == ["", "", "blocks reader", "", "blocks credential"]


def test_a_block_outlives_a_restart() -> None:
    noon = int(builders.NOON.timestamp())
    book = WrongPinBook({f"credential:{KEY.hex()}": (3, noon), f"reader:{READER}": (2, noon)}, at=builders.NOON)

    facts = book.add_to(ADA, builders.a_request(), reader=READER)

    assert (facts.credential_blocked, facts.reader_blocked) == (True, False)


def test_a_block_outlives_a_restart_with_a_clock_that_is_behind_and_ends_as_long_after_that() -> None:
    last, start = builders.NOON, builders.NOON - timedelta(hours=1)
    book = WrongPinBook({f"credential:{KEY.hex()}": (3, int(last.timestamp()))}, at=start)

    blocked = [
        book.add_to(ADA, builders.a_request(at=start + timedelta(seconds=seconds)), reader=READER).credential_blocked
        for seconds in (0, 59, 60)
    ]

    assert blocked == [True, True, False]


@pytest.mark.parametrize("damaged", [10**12, 10**18, -(10**14)])
def test_a_door_starts_whatever_stands_in_the_place_of_the_time_of_a_wrong_pin(damaged: int) -> None:
    book = WrongPinBook({f"reader:{READER}": (3, damaged)}, at=builders.NOON)

    assert book.add_to(ADA, builders.a_request(), reader=READER).reader_blocked is (damaged > 0)


def test_two_hundred_digits_are_a_wrong_pin(ada: Keypads) -> None:
    assert ada.enter("1" * 200) is Reason.WRONG_PIN


def test_no_digits_stand_in_a_record_or_in_what_the_door_says(
    ada: Keypads, capfd: pytest.CaptureFixture[str]
) -> None:
    pin = "97539753"  # as long as a PIN may be: four digits stand in an address or a clock by chance
    ada.card()
    ada.keys(f"{pin}#")
    drafts = repr(ada.door.waiting)
    ada.door.commit_all()

    assert ada.reasons == [Reason.WRONG_PIN]
    assert pin not in drafts
    assert pin not in capfd.readouterr().err


@pytest.mark.parametrize("on_failure", OnAuditFailure)
def test_duress_is_an_alarm_where_no_record_can_be_written(
    keys: Path, on_failure: OnAuditFailure, capfd: pytest.CaptureFixture[str]
) -> None:
    ada = Keypads(keys, replace(ADA, zone=replace(ZONE, on_audit_failure=on_failure)))
    ada.card()
    ada.keys(f"{DURESS}#")
    ada.door.fail()

    assert "<2>event=duress door=front" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("on_failure", "told"),
    [
        (OnAuditFailure.DENY, (Outcome.DENIED, Reason.AUDIT_FAILED, (Reason.AUDIT_FAILED, Reason.DURESS))),
        (OnAuditFailure.RELEASE, (Outcome.GRANTED, Reason.DURESS, ())),
    ],
)
def test_duress_is_recorded_as_soon_as_the_disk_takes_records_again(
    keys: Path, on_failure: OnAuditFailure, told: tuple[Outcome, Reason, tuple[Reason, ...]]
) -> None:
    ada = Keypads(keys, replace(ADA, zone=replace(ZONE, on_audit_failure=on_failure)))
    ada.card()
    ada.keys(f"{DURESS}#")
    ada.door.fail()
    while ada.door.waiting:
        ada.door.fail()
    ada.door.records.try_again()

    (waiting,) = ada.door.waiting
    said = waiting.draft.statement
    assert waiting.draft in ada.door.drafts[:-1]  # with its time
    assert (said.kind, waiting.draft.subject) == (RecordKind.DECISION, "holder:ada")
    assert (said.outcome, said.reason, said.reasons) == told
