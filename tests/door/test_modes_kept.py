"""Modes over a restart: what was unlocked is so again when the policy says so still, without another record."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from doorctl.audit.state import ModeKept
from doorctl.core.classes import ReaderClass
from doorctl.core.model import HeldPin
from doorctl.core.modes import DoorModes, Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.door.hand_driven import DOOR, RELEASED
from tests.door.modal import ADA, FIRST_BY_DAY, OFFICE, OPEN_BY_DAY, ModalDoor

SINCE = timedelta(minutes=1)


def first_in() -> ModalDoor:
    """Make a door that Ada has unlocked as the first of its window."""
    door = ModalDoor(FIRST_BY_DAY).begin()
    door.let_in()
    return door


def test_what_is_remembered_stands_with_its_record() -> None:
    door = first_in()

    kept, number = door.kept[DOOR]
    assert kept == ModeKept(
        DOOR,
        "first-person-in",
        "schedule:office",
        unlocked=True,
        until=int((builders.NOON + timedelta(hours=6)).timestamp()),
        holder="ada",
        credential=builders.KEY.hex(),
    )
    assert door.hand.statements[number].kind is RecordKind.MODE


@pytest.mark.parametrize("modes", [OPEN_BY_DAY, DoorModes(Mode.UNLOCKED)])
def test_a_door_that_was_unlocked_is_so_again_once_the_policy_is_there_and_without_another_record(
    modes: DoorModes,
) -> None:
    again = ModalDoor(modes).begin().restarted(after=SINCE)
    again.wait(2)
    before = list(again.hand.moves)
    again.tell()

    assert (before, again.hand.moves, again.told) == ([], [RELEASED], [])
    assert again.hand.statement(RecordKind.RELEASED).reason is Reason.MODE


def test_what_a_holder_has_begun_goes_on() -> None:
    again = first_in().restarted(after=SINCE).begin()
    again.wait(3600)

    assert (again.hand.moves, again.told) == ([RELEASED], [])
    again.wait(6 * 3600)
    assert not again.is_released


def test_after_a_restart_it_goes_on_though_nobody_knows_at_which_reader_it_was_begun() -> None:
    zone = replace(builders.FLOOR_3, reader_classes=frozenset({ReaderClass.OSDP_SC}))
    again = first_in().restarted(after=SINCE)
    again.people = {builders.KEY: replace(ADA, zone=zone)}
    again.begin()
    again.wait(2)

    assert again.hand.moves == [RELEASED]


def test_it_waits_for_the_answer_whether_they_still_may() -> None:
    again = first_in().restarted(after=SINCE)
    again.keeps_waiting = True
    again.begin()
    again.wait(2)
    before = list(again.hand.moves)
    again.answer_all()

    assert (before, again.hand.moves) == ([], [RELEASED])


@pytest.mark.parametrize(
    "ada",
    [replace(ADA, grants=()), replace(ADA, holder=None, credential=None), replace(ADA, ring_keys=2)],
    ids=["no grant", "gone", "other keys"],
)
def test_whoever_may_no_longer_has_unlocked_nothing_after_a_restart(ada: Facts) -> None:
    again = first_in().restarted(after=SINCE)
    again.people = {builders.KEY: ada}
    again.begin()
    again.wait(2)

    assert again.hand.moves == []
    assert again.told == ["first-person-in by=schedule:office"]


@pytest.mark.parametrize("hours", [6, 24, 25])
def test_another_window_is_not_the_one_that_was_unlocked(hours: int) -> None:
    again = first_in().restarted(after=timedelta(hours=hours)).begin()
    again.wait(2)

    assert again.hand.moves == []


def test_an_order_that_came_first_ends_it() -> None:
    again = first_in().restarted(after=SINCE)
    again.hand.deny_list.add(DenyHolder("ada", 99), None)
    again.begin()
    again.wait(2)

    assert again.hand.moves == []


def test_whoever_unlocked_a_door_without_a_card_does_it_anew_after_a_restart() -> None:
    by_pin = replace(ADA, credential=None, pin=HeldPin(b"p" * 32))
    kept = ModeKept(DOOR, "first-person-in", "schedule:office", unlocked=True, holder="ada")
    again = ModalDoor(FIRST_BY_DAY, kept={DOOR: (kept, 3)})
    again.people = {builders.KEY: by_pin}
    again.begin()
    again.wait(2)

    assert again.hand.moves == []


@pytest.mark.parametrize(
    "damage", [{"mode": "ajar"}, {"credential": "xyz"}, {"ring_keys": 0}, {"ring_keys": 10**9}, {"by": "nobody"}]
)
def test_what_is_remembered_wrongly_unlocks_nothing(damage: dict[str, object]) -> None:
    kept, number = first_in().kept[DOOR]
    again = ModalDoor(FIRST_BY_DAY, kept={DOOR: (with_fields(kept, **damage), number)}).begin()
    again.wait(2)

    assert again.hand.moves == []


def test_an_office_that_was_unlocked_is_so_again_for_its_members_alone() -> None:
    door = ModalDoor(OFFICE).begin()
    door.people = {builders.KEY: replace(ADA, may_toggle=True)}
    door.let_in_twice()
    stays, gone = door.restarted(after=SINCE), door.restarted(after=SINCE)
    gone.people = {builders.KEY: ADA}

    assert [each.begin().is_released for each in (stays, gone)] == [True, False]


def test_a_door_that_was_unlocked_and_is_not_any_more_is_recorded_so() -> None:
    door = ModalDoor(OPEN_BY_DAY).begin()
    again = door.restarted(after=timedelta(hours=7)).begin()

    assert (again.hand.moves, again.told) == ([], ["card by=usual"])


@pytest.mark.parametrize(
    "about",
    [{"clock_trusted": False}, {"zone": replace(builders.FLOOR_3, max_age_seconds=60), "policy_age_seconds": None}],
    ids=["no clock yet", "no word of the hub yet"],
)
def test_what_a_holder_has_begun_waits_for_the_time_and_for_the_hub(about: dict[str, Any]) -> None:
    again = first_in().restarted(after=SINCE)
    again.tell(**about)
    again.hand.commit_all()
    again.wait(2)
    before = list(again.hand.moves)
    again.tell(clock_trusted=True, policy_age_seconds=1.0)
    again.hand.commit_all()

    assert (before, again.hand.moves) == ([], [RELEASED])


def test_an_office_whose_keepers_time_ends_waits_for_the_time() -> None:
    keeper = replace(
        ADA, may_toggle=True, holder=replace(builders.ADA, valid_until=builders.NOON + timedelta(days=1))
    )
    door = ModalDoor(OFFICE).begin()
    door.people = {builders.KEY: keeper}
    door.let_in_twice()
    again = door.restarted(after=SINCE)
    again.tell(clock_trusted=False)
    again.hand.commit_all()
    again.wait(2)
    before = list(again.hand.moves)
    again.tell(clock_trusted=True)
    again.hand.commit_all()

    assert (before, again.hand.moves) == ([], [RELEASED])
