"""What is tried at the doors of a controller, part by part: what a person does, and what must be recorded.

Every step waits for records of the door process: so the report names their numbers, and nothing counts that the log
does not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import DoorConfig
from doorctl.door.config.elevator_tables import ElevatorTable
from doorctl.door.config.tables import BoardTable, DoorTable
from doorctl.errors import WrongUse
from hardware.pins import Lock

HOUSING = "controller"
"""Stands in the place of a door where a part belongs to the controller itself."""
_PULLED = "Before this, pull the Pi's plug and put it back (else skip)."
_UNSEEN: Mapping[Lock, tuple[tuple[str, str], ...]] = {
    Lock.FAIL_SECURE: (
        ("without power", f"{_PULLED} Was the door locked from outside, and could one get out?"),
        ("at power-up", "From the plug until doorctl ran: did it stay locked, and its relay silent?"),
        ("at rest", "Is it locked now, with its relay at rest?"),
    ),
    Lock.FAIL_SAFE: (
        ("without power", f"{_PULLED} Was the door open from both sides?"),
        ("at power-up", "From the plug on: did it lock once, and not let go again?"),
        ("at rest", "Is it locked now, with its relay or its coil energised?"),
    ),
}
"""What a person is asked by the kind of lock; nothing moves for it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a person does, and the kinds of record of which one must follow."""

    do: str
    kinds: frozenset[RecordKind]


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a door that is tried: first it is ``pulsed`` if it must be, then things happen, then one is asked.

    Its records are those of ``at``, a door or a cabin (of the housing: no door), and of ``reader`` if there is one.
    """

    door: str
    part: str
    expected: tuple[Expected, ...]
    asked: tuple[str, ...] = ()
    at: str = ""
    reader: str = ""
    pulsed: bool = False


def plan_of(config: DoorConfig, wanted: Sequence[str]) -> list[Step]:
    """Return the steps for these doors, or for all and the housing. Raises WrongUse."""
    steps = [
        *(step for door in config.door for step in _of_door(door)),
        *(step for elevator in config.elevator for step in _of_elevator(elevator)),
        *_of_housing(config.board),
    ]
    known = dict.fromkeys(step.door for step in steps)
    if unknown := [name for name in wanted if name not in known]:
        raise WrongUse(f"this controller has no door {unknown[0]}: it has {', '.join(known)}")
    return [step for step in steps if not wanted or step.door in wanted]


def relay_plan_of(config: DoorConfig, wanted: str) -> list[Step]:
    """Return the steps that show what no software sees: what a lock does without power, and until doorctl drives it.

    Raises WrongUse.
    """
    locks = {door.id: door.lock for door in config.door}
    locks |= {floor.door: elevator.lock for elevator in config.elevator for floor in elevator.floor}
    if wanted not in locks:
        raise WrongUse(f"this controller has no door {wanted}: it has {', '.join(locks)}")
    return [Step(wanted, part, (), (question,)) for part, question in _UNSEEN[locks[wanted]]] + [_relay(wanted)]


def _relay(door: str) -> Step:
    strike = _strike(door)
    return replace(strike, asked=(*strike.asked, "Did its relay alone move, and no other?"))


def _of_door(door: DoorTable) -> Iterator[Step]:
    for reader in door.all_readers:
        yield _reader(door.id, reader)
    yield _strike(door.id)
    if door.contact is not None:
        opened = Expected("The strike is released: open the door.", _kinds(RecordKind.OPENED, RecordKind.FORCED_OPEN))
        closed = Expected("Close the door.", _kinds(RecordKind.CLOSED))
        yield Step(door.id, "contact", (opened, closed), at=door.id, pulsed=True)
    if door.rex is not None:
        pressed = Expected("Press the exit button, or walk before the sensor.", _kinds(RecordKind.REX))
        yield Step(door.id, "rex", (pressed,), at=door.id)
    if door.tamper is not None:
        yield _tamper(door.id, at=door.id)


def _of_elevator(elevator: ElevatorTable) -> Iterator[Step]:
    for reader in elevator.readers:
        yield _reader(elevator.id, reader)
    for floor in elevator.floor:
        yield _strike(floor.door)
        if floor.button is not None:
            chosen = Expected(
                "Present a card that may go there, and press its button.", _kinds(RecordKind.FLOOR_CHOSEN)
            )
            yield Step(floor.door, "button", (chosen,), at=floor.door)


def _of_housing(board: BoardTable) -> Iterator[Step]:
    if board.fire is not None:
        begins = Expected("Trigger the fire contact: EVERY door of this controller is released.", _fire())
        yield Step(HOUSING, "fire", (begins, Expected("Put the fire contact back.", _fire())))
    if board.tamper is not None:
        yield _tamper(HOUSING)
    for name, supply in (("mains", board.mains), ("battery", board.battery)):
        if supply is not None:
            away = Expected(f"Have the supply tell that the {name} failed.", _kinds(RecordKind.POWER))
            yield Step(HOUSING, name, (away, Expected("Put it back.", _kinds(RecordKind.POWER))))


def _reader(door: str, reader: str) -> Step:
    shown = Expected(f"Present a card at reader {reader}.", _kinds(RecordKind.DECISION))
    return Step(door, f"reader {reader}", (shown,), ("Did its light and tone answer?",), at=door, reader=reader)


def _strike(door: str) -> Step:
    released = Expected("The strike is released.", _kinds(RecordKind.RELEASED))
    secured = Expected("Wait until it is secured.", _kinds(RecordKind.RELOCKED))
    asked = ("Could it be opened while it was released?", "Is it locked now?")
    return Step(door, "strike", (released, secured), asked, at=door, pulsed=True)


def _tamper(door: str, *, at: str = "") -> Step:
    opened = Expected("Open the tamper contact.", _kinds(RecordKind.TAMPER))
    return Step(door, "tamper", (opened, Expected("Close it again.", _kinds(RecordKind.TAMPER))), at=at)


def _kinds(*kinds: RecordKind) -> frozenset[RecordKind]:
    return frozenset(kinds)


def _fire() -> frozenset[RecordKind]:
    return _kinds(RecordKind.FIRE)
