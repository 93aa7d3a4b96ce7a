"""What the inputs of a door and of a controller's housing mean: to the door, and to whoever reads the log.

* A supervised line has a fault when it is cut, shorted, not heard or unsteady. What is not known counts as the worse:
  a contact may be open, a REX is not pressed, tamper and power are in trouble by the fault itself.
* A fault of the fire line is a fault and no fire, unless the site wants that: EN 54-2 keeps the two apart, life
  safety is in the wiring, and whoever cuts a wire must not open every door. A fire that burns goes on until the line
  is normal again: fires burn lines, too.
* Nothing here releases a strike but fire, and REX where the door says so.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from doorctl.core.machines.door_events import (
    ContactClosed,
    ContactLost,
    ContactOpened,
    FireEnded,
    FireStarted,
    Record,
    RexPressed,
)
from doorctl.core.records import RecordKind

InputEvent = FireStarted | FireEnded | RexPressed | ContactOpened | ContactClosed | ContactLost


class InputRole(StrEnum):
    """What an input is for; the order is that in which those of one moment are taken: egress first."""

    FIRE = "fire"
    REX = "rex"
    CONTACT = "contact"
    TAMPER = "tamper"
    MAINS = "mains"
    BATTERY = "battery"
    BUTTON = "button"


class InputState(StrEnum):
    """What is known of an input: at rest, active, or why neither is."""

    NORMAL = "normal"
    ALARM = "alarm"
    OPEN_LINE = "open-line"
    SHORT = "short"
    SILENT = "silent"
    UNSTEADY = "unsteady"

    @property
    def is_fault(self) -> bool:
        """Whether the line has a fault, so that nobody knows about the input."""
        return self not in (InputState.NORMAL, InputState.ALARM)


def event_of(role: InputRole, state: InputState, now: float, *, fault_is_fire: bool = False) -> InputEvent | None:
    """Give what a door is told of an input of its own, or of the controller's fire input; None for nothing."""
    if role is InputRole.FIRE and state.is_fault:
        return FireStarted(now) if fault_is_fire else None
    make = _EVENTS.get((role, state)) or (_FAULTS.get(role) if state.is_fault else None)
    return None if make is None else make(now)


def records_between(role: InputRole, told: InputState, state: InputState) -> tuple[Record, ...]:
    """Give the records that lead from what the log tells of an input to what it is now; it begins at rest."""
    if state is told:
        return ()
    sound = (_record(RecordKind.INPUT_FAULT, role, SOUND),) if told.is_fault and not state.is_fault else ()
    if state.is_fault:
        return (_record(RecordKind.INPUT_FAULT, role, state),)
    kind, rests, active = _RECORDED.get(role, (None, "", ""))
    word = rests if state is InputState.NORMAL else active
    return sound if kind is None else (*sound, _record(kind, role, word))


def trouble_told(kind: str, detail: str, reader: str = "") -> tuple[str, str] | None:
    """Tell what a record says about an input, a strike or a reader's supply: of what, and its trouble ("": over).

    None for nothing. Only our own words come back, whatever a controller writes, and the reader's name.
    """
    if kind == RecordKind.POWER and reader and detail in _READER_SUPPLY:
        return f"supply of {reader}", _READER_SUPPLY[detail]
    return _TROUBLES.get((kind, detail))


def _record(kind: RecordKind, role: InputRole, word: str) -> Record:
    return Record(kind, detail=f"{role} {word}")


SOUND = "sound"
STRIKE_UNCONFIRMED, STRIKE_CONFIRMED = "strike unconfirmed", "strike confirmed"
"""What is recorded of a strike whose bridge does not confirm what it is to be, and does again."""
READER_POWER_FAILED, READER_POWER_BACK = "reader failed", "reader back"
"""What is recorded of the supply of a reader that tells of it."""
_READER_SUPPLY: Mapping[str, str] = {READER_POWER_FAILED: "failed", READER_POWER_BACK: ""}
_RECORDED: Mapping[InputRole, tuple[RecordKind, str, str]] = {
    InputRole.TAMPER: (RecordKind.TAMPER, "closed", "opened"),
    InputRole.MAINS: (RecordKind.POWER, "back", "failed"),
    InputRole.BATTERY: (RecordKind.POWER, "good", "low"),
}
"""Inputs that are recorded by themselves, at rest and active; the door records what it is told of the others."""
_TROUBLES: Mapping[tuple[str, str], tuple[str, str]] = {
    **{
        (kind, f"{role} {word}"): (role, word if word == active else "")
        for role, (kind, rests, active) in _RECORDED.items()
        for word in (rests, active)
    },
    **{
        (RecordKind.INPUT_FAULT, f"{role} {word}"): (f"line of {role}", "" if word == SOUND else word)
        for role in InputRole
        for word in (SOUND, *(state for state in InputState if state.is_fault))
    },
    (RecordKind.BOARD_FAULT, STRIKE_UNCONFIRMED): ("strike", "unconfirmed"),
    (RecordKind.BOARD_FAULT, STRIKE_CONFIRMED): ("strike", ""),
}
_EVENTS: Mapping[tuple[InputRole, InputState], Callable[[float], InputEvent]] = {
    (InputRole.FIRE, InputState.ALARM): FireStarted,
    (InputRole.FIRE, InputState.NORMAL): FireEnded,
    (InputRole.REX, InputState.ALARM): RexPressed,
    (InputRole.CONTACT, InputState.ALARM): ContactOpened,
    (InputRole.CONTACT, InputState.NORMAL): ContactClosed,
}
_FAULTS: Mapping[InputRole, Callable[[float], InputEvent]] = {InputRole.CONTACT: ContactLost}
