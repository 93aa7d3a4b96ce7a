"""A contact that tells too often tells nothing more until it is calm; ways out are never held back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.machines.door_state import Contact, Strike
from doorctl.core.machines.inputs import InputState
from doorctl.core.records import RecordKind
from doorctl.door.inputs.restless import A_MINUTE, MOST_MOVES, Restless
from tests.door.hand_driven import DOOR, HandDrivenDoorway
from tests.door.test_inputs import CONTACT, FIRE, REX, WiredDoorway

OPEN, CLOSED, UNSTEADY = InputState.ALARM, InputState.NORMAL, InputState.UNSTEADY
OF_A_CONTACT = (RecordKind.FORCED_OPEN, RecordKind.OPENED, RecordKind.CLOSED)


@pytest.fixture
def door() -> WiredDoorway:
    return WiredDoorway()


def shake(door: WiredDoorway, times: int, *, seconds: float = 0.1) -> None:
    """Open and close a contact so many times, so fast."""
    for _ in range(times):
        for is_open in (True, False):
            door.now += seconds
            door.sample({CONTACT: is_open})


def recorded(door: HandDrivenDoorway) -> int:
    return sum(kind in OF_A_CONTACT for kind in door.kinds)


def test_a_contact_that_is_shaken_fills_no_log_and_tells_in_the_end_what_it_is(door: WiredDoorway) -> None:
    shake(door, 3 * MOST_MOVES)
    door.sample({CONTACT: True})
    shaken, contact = recorded(door), door.doorway.state.contact
    door.now += A_MINUTE
    door.sample({CONTACT: True})

    assert shaken == MOST_MOVES - 1  # with what it told first
    assert contact is not Contact.CLOSED
    assert door.doorway.state.contact is Contact.OPEN
    assert [detail for _, detail, _, _ in door.told] == ["contact unsteady", "contact sound"]


def test_a_busy_door_tells_everything(door: WiredDoorway) -> None:
    shake(door, 500, seconds=A_MINUTE / MOST_MOVES + 0.01)

    assert recorded(door) == 1000
    assert door.told == []


@pytest.mark.parametrize("way_out", [REX, FIRE])
def test_a_way_out_is_never_held_back(door: WiredDoorway, way_out: str) -> None:
    for _ in range(MOST_MOVES):
        for is_active in (True, False):
            door.now += 0.02
            door.sample({way_out: is_active})
    door.sample({way_out: True})

    assert door.doorway.state.strike is not Strike.SECURED


@given(st.lists(st.tuples(st.sampled_from([OPEN, CLOSED]), st.floats(0.05, 2.0)), max_size=600))
def test_in_any_minute_a_contact_tells_so_often_and_no_more(changes: list[tuple[InputState, float]]) -> None:
    restless, now, told = Restless(), 0.0, []
    for state, after in changes:
        now += after
        told += [now for _ in restless.calmed(now)]
        if restless.judge(DOOR, state, now) is not UNSTEADY:
            told.append(now)

    assert all(later - first >= A_MINUTE for first, later in zip(told, told[MOST_MOVES:], strict=False))
