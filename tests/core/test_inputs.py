"""What inputs mean to a door, and what of them is recorded: what is not known counts as the worse."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.machines.door_events import (
    ContactClosed,
    ContactLost,
    ContactOpened,
    FireEnded,
    FireStarted,
    RexPressed,
)
from doorctl.core.machines.inputs import (
    READER_POWER_BACK,
    READER_POWER_FAILED,
    InputRole,
    InputState,
    event_of,
    records_between,
    trouble_told,
)
from doorctl.core.records import RecordKind

NOW = 7.0
FAULTS = [state for state in InputState if state.is_fault]
ROLES = list(InputRole)


def told_by(*states: InputState, role: InputRole) -> list[tuple[RecordKind, str]]:
    """List what is recorded of an input that goes through these states, at rest before."""
    steps = pairwise((InputState.NORMAL, *states))
    return [
        (record.kind, record.detail) for before, after in steps for record in records_between(role, before, after)
    ]


def test_a_line_has_a_fault_in_every_state_but_two() -> None:
    assert FAULTS == [InputState.OPEN_LINE, InputState.SHORT, InputState.SILENT, InputState.UNSTEADY]


@pytest.mark.parametrize(
    ("role", "normal", "alarm"),
    [
        (InputRole.CONTACT, ContactClosed(NOW), ContactOpened(NOW)),
        (InputRole.REX, None, RexPressed(NOW)),
        (InputRole.FIRE, FireEnded(NOW), FireStarted(NOW)),
        (InputRole.TAMPER, None, None),
        (InputRole.MAINS, None, None),
        (InputRole.BATTERY, None, None),
    ],
)
def test_a_door_is_told_what_its_input_tells(role: InputRole, normal: object, alarm: object) -> None:
    told = [event_of(role, state, NOW) for state in (InputState.NORMAL, InputState.ALARM)]

    assert told == [normal, alarm]


@pytest.mark.parametrize("fault", FAULTS)
def test_by_a_fault_a_contact_is_lost_a_rex_not_pressed_and_nothing_burns(fault: InputState) -> None:
    told = {role: event_of(role, fault, NOW) for role in ROLES}

    assert told == {**dict.fromkeys(ROLES), InputRole.CONTACT: ContactLost(NOW)}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_fire_line_is_a_fire_where_the_site_wants_it(fault: InputState) -> None:
    assert event_of(InputRole.FIRE, fault, NOW, fault_is_fire=True) == FireStarted(NOW)


@pytest.mark.parametrize(
    ("role", "kind", "active", "rests"),
    [
        (InputRole.TAMPER, RecordKind.TAMPER, "tamper opened", "tamper closed"),
        (InputRole.MAINS, RecordKind.POWER, "mains failed", "mains back"),
        (InputRole.BATTERY, RecordKind.POWER, "battery low", "battery good"),
    ],
)
def test_tamper_and_power_are_recorded(role: InputRole, kind: RecordKind, active: str, rests: str) -> None:
    assert told_by(InputState.ALARM, InputState.NORMAL, role=role) == [(kind, active), (kind, rests)]


@pytest.mark.parametrize("role", [InputRole.FIRE, InputRole.REX, InputRole.CONTACT])
def test_what_the_door_records_itself_is_not_recorded_twice(role: InputRole) -> None:
    assert told_by(InputState.ALARM, InputState.NORMAL, role=role) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ROLES)
def test_a_fault_of_any_line_is_recorded_and_its_end(role: InputRole, fault: InputState) -> None:
    told = told_by(fault, InputState.NORMAL, role=role)

    assert told[:2] == [(RecordKind.INPUT_FAULT, f"{role} {fault}"), (RecordKind.INPUT_FAULT, f"{role} sound")]


def test_a_fault_that_becomes_another_is_not_sound_between() -> None:
    assert told_by(InputState.SHORT, InputState.OPEN_LINE, role=InputRole.REX) == [
        (RecordKind.INPUT_FAULT, "rex short"),
        (RecordKind.INPUT_FAULT, "rex open-line"),
    ]


@given(st.sampled_from(InputRole), st.lists(st.sampled_from(InputState)))
def test_whoever_reads_the_records_knows_what_each_input_is_in(role: InputRole, states: list[InputState]) -> None:
    troubles: dict[str, str] = {}
    for kind, detail in told_by(*states, role=role):
        told = trouble_told(kind, detail)
        assert told is not None
        troubles[told[0]] = told[1]

    now = states[-1] if states else InputState.NORMAL
    recorded_itself = role in (InputRole.TAMPER, InputRole.MAINS, InputRole.BATTERY)
    assert troubles.get(f"line of {role}", "") == (now if now.is_fault else "")
    if not now.is_fault:
        assert bool(troubles.get(role)) is (now is InputState.ALARM and recorded_itself)


def test_the_supply_of_a_reader_is_told_by_its_name() -> None:
    assert trouble_told(RecordKind.POWER, READER_POWER_FAILED, "front") == ("supply of front", "failed")
    assert trouble_told(RecordKind.POWER, READER_POWER_BACK, "front") == ("supply of front", "")
    assert trouble_told(RecordKind.POWER, "mains failed", "front") == ("mains", "failed")


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (RecordKind.POWER, READER_POWER_FAILED),
        (RecordKind.TAMPER, "mains failed"),
        (RecordKind.POWER, "mains on fire"),
        (RecordKind.INPUT_FAULT, "contact"),
        (RecordKind.FORCED_OPEN, "contact short"),
        ("of-a-newer-version", ""),
    ],
)
def test_other_words_tell_nothing(kind: str, detail: str) -> None:
    assert trouble_told(kind, detail) is None
