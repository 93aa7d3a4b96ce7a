"""A door in its modes: recorded first, unlocked then; what ends it, and what never lets it begin."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from doorctl.core.machines.door_events import ContactClosed, ContactOpened, FireEnded, FireStarted, RexPressed
from doorctl.core.modes import DoorModes, Mode, Override
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.wire.orders import LockDown
from tests.core import builders
from tests.door.hand_driven import RELEASED, SECURED
from tests.door.modal import ADA, MORNING, OPEN_BY_DAY, ModalDoor

UNLOCKED = DoorModes(Mode.UNLOCKED)
HOUR = 3600.0


def test_a_door_of_cards_records_no_mode() -> None:
    door = ModalDoor(DoorModes()).begin()
    door.wait(5)

    assert (door.told, door.hand.moves) == ([], [])


def test_a_door_is_unlocked_when_the_record_of_that_is_on_disk_and_not_before() -> None:
    door = ModalDoor(UNLOCKED)
    door.tell()
    before = list(door.hand.moves)
    door.hand.commit()

    assert before == []
    assert door.hand.moves == [RELEASED]
    assert door.told == ["unlocked unlocked by=usual"]
    released = door.hand.statement(RecordKind.RELEASED)
    assert (released.reason, released.of) == (Reason.MODE, 0)


def test_while_the_disk_fails_nothing_is_unlocked_and_it_is_tried_again() -> None:
    door = ModalDoor(UNLOCKED)
    door.tell()
    door.hand.fail()
    door.wait(1, commits=False)
    door.hand.fail()
    before = list(door.hand.moves)
    door.wait(1)

    assert (before, door.hand.moves) == ([], [RELEASED])


def test_it_is_unlocked_and_secured_by_the_clock_and_both_are_recorded() -> None:
    door = ModalDoor(OPEN_BY_DAY, at=MORNING).begin()
    before = list(door.hand.moves)
    door.wait(HOUR)
    during = list(door.hand.moves)
    door.wait(6 * HOUR)

    assert (before, during, door.hand.moves) == ([], [RELEASED], [RELEASED, SECURED])
    assert door.told == ["unlocked unlocked by=schedule:office", "card by=usual"]


def test_what_secures_a_door_waits_for_no_record() -> None:
    door = ModalDoor(OPEN_BY_DAY).begin()
    door.wait(6 * HOUR, commits=False)

    assert door.hand.moves == [RELEASED, SECURED]
    door.hand.fail()
    door.wait(1)
    assert door.told[-1] == "card by=usual"
    assert door.hand.moves == [RELEASED, SECURED]


def test_a_window_that_is_over_before_its_record_is_on_disk_unlocks_nothing() -> None:
    door = ModalDoor(OPEN_BY_DAY)
    door.tell()
    door.at += timedelta(hours=6)
    door.hand.commit_all()

    assert door.hand.moves == []
    assert door.told[-1] == "card by=usual"


@pytest.mark.parametrize("commanded", [Mode.CARD, Mode.LOCKED])
def test_a_command_ends_what_the_clock_has_unlocked_until_its_time(commanded: Mode) -> None:
    door = ModalDoor(OPEN_BY_DAY).begin()
    door.set(replace(OPEN_BY_DAY, override=Override(commanded, door.at + timedelta(hours=1))))
    during = door.is_released
    door.wait(HOUR)

    assert (during, door.is_released) == (False, True)
    assert door.told[1:] == [f"{commanded} by=command", "unlocked unlocked by=schedule:office"]


def test_a_locked_door_denies_cards_and_says_so_and_lets_everybody_out() -> None:
    door = ModalDoor(DoorModes(Mode.LOCKED)).begin()
    door.let_in()
    decided = door.hand.statement(RecordKind.DECISION)
    door.door.step(RexPressed(door.hand.now))

    assert (decided.outcome, decided.reason) == (Outcome.DENIED, Reason.DOOR_LOCKED)
    assert door.hand.moves == [RELEASED]
    assert door.told == ["locked by=usual"]


def test_cards_at_an_unlocked_door_are_decided_and_recorded() -> None:
    door = ModalDoor(UNLOCKED).begin()
    door.let_in()
    door.people = {builders.KEY: replace(ADA, grants=())}
    door.let_in()
    door.wait(10)

    decided = [it.reason for it in door.hand.statements if it.kind is RecordKind.DECISION]
    assert decided == [Reason.GRANTED, Reason.NO_GRANT]
    assert door.is_released


def test_an_unlocked_door_is_neither_forced_nor_held_and_is_held_from_its_end_on() -> None:
    door = ModalDoor(OPEN_BY_DAY, at=builders.NOON + timedelta(hours=5)).begin()
    door.door.take(ContactClosed(door.hand.now))
    door.door.take(ContactOpened(door.hand.now))
    door.wait(HOUR)
    before = list(door.hand.kinds)
    door.wait(31)

    assert not {RecordKind.FORCED_OPEN, RecordKind.HELD_OPEN} & set(before)
    assert door.hand.kinds[-1] is RecordKind.HELD_OPEN


def test_fire_releases_whatever_the_mode_and_leaves_it_as_it_is() -> None:
    door = ModalDoor(OPEN_BY_DAY).begin()
    door.door.step(FireStarted(door.hand.now))
    door.wait(7 * HOUR)
    burning = door.is_released
    door.door.step(FireEnded(door.hand.now))

    assert (burning, door.is_released) == (True, False)


@pytest.mark.parametrize(
    "about",
    [
        {"zone": replace(builders.FLOOR_3, strict=True)},
        {"clock_trusted": False},
        {"schedules": {}},
        {"locked_down": True},
        {"needs_upgrade": True},
        {"zone": replace(builders.FLOOR_3, max_age_seconds=60), "policy_age_seconds": 61.0},
    ],
)
def test_what_keeps_a_door_shut_is_heeded_by_the_door_itself(about: dict[str, Any]) -> None:
    never = ModalDoor(OPEN_BY_DAY, **about).begin()
    until_now = ModalDoor(OPEN_BY_DAY).begin()
    until_now.tell(**about)

    assert (never.hand.moves, until_now.hand.moves) == ([], [RELEASED, SECURED])


def test_a_door_that_is_strict_by_its_configuration_is_never_unlocked() -> None:
    door = ModalDoor(UNLOCKED, strict_zone="floor-3").begin()
    door.wait(10)

    assert door.hand.moves == []


def test_without_a_policy_nothing_is_unlocked_and_nothing_stays_so() -> None:
    door = ModalDoor(UNLOCKED)
    door.wait(2)
    before = list(door.hand.moves)
    door.begin()
    door.tell(known=False)
    door.hand.commit_all()

    assert (before, door.hand.moves) == ([], [RELEASED, SECURED])
    assert door.told[-1] == "card by=no_policy"


def test_a_lockdown_by_order_ends_it_and_its_end_leaves_it_to_the_clock_again() -> None:
    door = ModalDoor(UNLOCKED).begin()
    door.hand.deny_list.add(LockDown("floor-3", door.hand.position.revision + 1), door.hand.position)
    door.door.end_what_is_denied()
    door.hand.commit_all()
    during = list(door.hand.moves)
    door.hand.deny_list.forget(door.hand.position._replace(revision=99))
    door.wait(1)

    assert during == [RELEASED, SECURED]
    assert door.told == ["unlocked unlocked by=usual", "card by=lockdown", "unlocked unlocked by=usual"]
    assert door.is_released
