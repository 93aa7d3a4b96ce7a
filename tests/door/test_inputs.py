"""Inputs of doors: fire before REX before contacts, and a REX that is held releases without a gap."""

from collections.abc import Mapping

import pytest

from doorctl.core.records import RecordKind
from doorctl.door.inputs.inputs import DoorInputs
from hardware.debounce import Debouncer
from hardware.pins import ActiveLevel, Input, Pull
from tests.door.hand_driven import DOOR, RELEASED, SECURED, HandDrivenDoorway

UNLOCK_SECONDS = 5.0
CONTACT, REX, FIRE = f"{DOOR}.contact", f"{DOOR}.rex", "fire"
AT_REST = {CONTACT: False, REX: False, FIRE: False}


class WiredDoorway(HandDrivenDoorway):
    """A doorway whose inputs are sampled by the test."""

    def __init__(self, levels: Mapping[str, bool] = AT_REST) -> None:
        super().__init__()
        wired = [Input(name, pin, ActiveLevel.HIGH, Pull.UP, debounce_ms=0) for pin, name in enumerate(AT_REST)]
        self.inputs = DoorInputs(Debouncer(wired), {DOOR: self.doorway}, {DOOR: UNLOCK_SECONDS})
        self.sample(levels)

    def sample(self, levels: Mapping[str, bool]) -> None:
        """Take one sample; inputs that are not named rest."""
        self.inputs.take(AT_REST | dict(levels), self.now)
        self.doorway.tick(self.now)


@pytest.fixture
def door() -> WiredDoorway:
    return WiredDoorway()


def test_inputs_at_rest_at_the_start_do_nothing(door: WiredDoorway) -> None:
    assert door.done == []


def test_fire_that_burns_at_the_start_releases() -> None:
    door = WiredDoorway({FIRE: True})

    assert door.moves == [RELEASED]


def test_in_one_sample_fire_comes_before_rex_and_rex_before_the_contact(door: WiredDoorway) -> None:
    door.sample({CONTACT: True, REX: True, FIRE: True})

    assert [kind for kind in door.kinds if kind in (RecordKind.FIRE, RecordKind.REX, RecordKind.OPENED)] == [
        RecordKind.FIRE,
        RecordKind.REX,
        RecordKind.OPENED,
    ]


def test_an_opening_in_the_sample_of_the_rex_is_no_break_in(door: WiredDoorway) -> None:
    door.sample({CONTACT: True, REX: True})

    assert RecordKind.FORCED_OPEN not in door.kinds


def test_rex_that_is_held_never_lets_its_release_end(door: WiredDoorway) -> None:
    for _ in range(int(3 * UNLOCK_SECONDS * 100)):
        door.sample({REX: True})
        door.now += 0.01

    assert SECURED not in door.moves


def test_rex_that_was_let_go_ends_after_the_unlock_time(door: WiredDoorway) -> None:
    door.sample({REX: True})
    door.sample({})
    door.now += UNLOCK_SECONDS
    door.sample({})

    assert door.moves == [RELEASED, SECURED]


def test_a_board_that_cannot_be_read_changes_nothing(door: WiredDoorway) -> None:
    door.inputs.take({}, door.now)

    assert door.done == []
