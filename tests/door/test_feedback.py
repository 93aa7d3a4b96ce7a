"""What people at a door are shown for each outcome, and what nobody learns from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.audit.writer import Failed
from doorctl.core.machines.door_events import SignalName
from doorctl.core.model import Holder, Status
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from doorctl.door.inputs.feedback import AT_READER
from tests.core import builders
from tests.door.hand_driven import DENIED, GRANTED, HandDrivenDoorway
from tests.door.keypads import (
    ADA,
    ADA_BY_PIN_ALONE,
    ALONE,
    DURESS,
    OTHER_READER,
    PIN,
    READER,
    WAITING,
    WRONG,
    ZONE,
    Keypads,
)

WRONG_PIN, LOCKDOWN, SECOND = (
    f"signal {name}" for name in (SignalName.WRONG_PIN, SignalName.LOCKDOWN, SignalName.WAITING_FOR_SECOND)
)
GRACE_SUSPENDED = replace(ADA_BY_PIN_ALONE, holder=Holder("grace", status=Status.SUSPENDED))
MAY_BREAK_GLASS = builders.facts(
    zone=replace(builders.FLOOR_3, max_age_seconds=900, break_glass="rescue"),
    policy_age_seconds=901,
    may_break_glass=True,
)


def shown(door: HandDrivenDoorway) -> list[str]:
    """List what the door has shown."""
    return [what for what in door.done if what.startswith("signal ")]


def test_a_wrong_pin_is_shown_as_one(keys: Path) -> None:
    ada = Keypads(keys, ADA)

    ada.enter(WRONG)

    assert shown(ada.door) == [WAITING, WRONG_PIN]


def test_a_pin_alone_looks_wrong_whether_it_is_nobodys_or_of_somebody_who_may_not_pass_or_blocked(keys: Path) -> None:
    grace, nobody, blocked = (Keypads(keys, facts) for facts in (GRACE_SUSPENDED, ADA_BY_PIN_ALONE, ADA_BY_PIN_ALONE))
    for _ in range(4):
        blocked.keys(f"{WRONG}#")
        blocked.door.commit_all()

    grace.keys(f"{ALONE}#")
    grace.door.commit_all()
    nobody.keys(f"{WRONG}#")
    nobody.door.commit_all()

    assert (grace.reasons, nobody.reasons) == ([Reason.HOLDER_SUSPENDED], [Reason.WRONG_PIN])
    assert blocked.reasons[-1] is Reason.PIN_BLOCKED
    assert shown(grace.door) == shown(nobody.door) == [WRONG_PIN]
    assert set(shown(blocked.door)) == {WRONG_PIN}


def test_a_pin_alone_that_is_denied_looks_wrong_where_it_is_only_counted_too(keys: Path) -> None:
    grace = Keypads(keys, replace(GRACE_SUSPENDED, zone=ZONE))
    for _ in range(3):
        grace.keys(f"{ALONE}#")
        grace.door.commit_all()

    assert grace.reasons == [Reason.HOLDER_SUSPENDED]
    assert shown(grace.door) == [WRONG_PIN] * 3


@pytest.mark.parametrize("facts", [builders.facts(builders.ADAS_GRANT), builders.facts(credential=None, holder=None)])
def test_a_lockdown_looks_the_same_for_every_card(facts: Facts) -> None:
    door = HandDrivenDoorway(replace(facts, locked_down=True))
    for _ in range(3):
        door.present()
        door.commit_all()

    assert set(shown(door)) == {LOCKDOWN}


def test_the_first_who_breaks_the_glass_is_asked_for_a_second() -> None:
    door = HandDrivenDoorway(MAY_BREAK_GLASS)

    door.present()
    door.commit()

    assert shown(door) == [SECOND]


def test_a_denial_that_is_only_counted_looks_like_one_that_is_recorded() -> None:
    door = HandDrivenDoorway(MAY_BREAK_GLASS)
    door.present()
    door.commit()

    door.present()

    assert not door.waiting
    assert shown(door) == [SECOND, SECOND]


@pytest.mark.parametrize("pin", [PIN, DURESS])
def test_duress_looks_like_the_right_pin_where_it_opens_nothing_too(keys: Path, pin: str) -> None:
    late, unrecorded = Keypads(keys, ADA), Keypads(keys, ADA)

    late.card()
    late.keys(f"{pin}#")
    late.door.now += 60
    late.door.commit_all()
    unrecorded.card()
    unrecorded.keys(f"{pin}#")
    unrecorded.door.waiting.pop(0).done(Failed("no space"))

    assert shown(late.door) == [WAITING, DENIED]
    assert shown(unrecorded.door) == [WAITING, f"signal {SignalName.FAULT}"]


@pytest.mark.parametrize("pin", [PIN, DURESS])
def test_duress_is_shown_as_a_grant(keys: Path, pin: str) -> None:
    ada = Keypads(keys, ADA)

    ada.enter(pin)

    assert shown(ada.door) == [WAITING, GRANTED]


@pytest.mark.parametrize(
    "keys_touched", ["1", "12345678901", "*", "#", "12*34##", f"{PIN}#", f"{DURESS}#", f"{WRONG}#"]
)
def test_each_key_sounds_once_and_only_at_the_reader_that_was_touched(keys: Path, keys_touched: str) -> None:
    ada = Keypads(keys, ADA)

    ada.card()
    ada.keys(keys_touched, OTHER_READER)
    ada.keys(keys_touched, READER)

    assert ada.tones == [OTHER_READER] * len(keys_touched) + [READER] * len(keys_touched)


def test_keys_sound_while_pins_are_blocked_too(keys: Path) -> None:
    ada = Keypads(keys, ADA)
    for _ in range(3):
        ada.enter(WRONG)
    ada.tones.clear()

    assert ada.enter(PIN) is Reason.PIN_BLOCKED
    assert ada.tones == [READER] * len(f"{PIN}#")


def test_signals_at_a_reader_can_be_told_apart() -> None:
    assert set(AT_READER) == set(SignalName)
    assert len(set(AT_READER.values())) == len(SignalName)
    assert len({indication.buzzer_ms for indication in AT_READER.values()}) == len(SignalName)
