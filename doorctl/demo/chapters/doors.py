"""What the demo of a building tells of an airlock, a door that is propped open, a fire, and an elevator."""

import time

from doorctl.core.machines.door_events import SignalName
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import alerted, all_are, drives, lets_go, newest, wait_for_record
from doorctl.demo.chapters.site import (
    ADA,
    AIRLOCK,
    ENTRANCE,
    FLOORS,
    GRACE,
    LIFT,
    OFFICE,
    SERVER_ROOM,
    VAULT,
)
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Seen,
    Step,
    enables,
    in_turn,
    is_denied,
    opens,
)
from doorctl.door.inputs.feedback import AT_READER

_ADA, _GRACE = Badge(ADA), Badge(GRACE)
_ALONE = tuple(floor for floor, (zone, _) in FLOORS.items() if zone != VAULT)


def is_propped_open(building: Building) -> Seen:
    """Open the office and leave it open: its reader warns, and then it counts as held."""
    began, before = time.monotonic(), newest(building)
    building.wait_until_shown(
        f"{OFFICE}-in",
        AT_READER[SignalName.HELD_SOON],
        after=lambda: building.board.drive(f"{OFFICE}.contact", active=True),
    )
    record = wait_for_record(building, RecordKind.HELD_OPEN, after=before)
    what = f"{SignalName.HELD_SOON} at the reader, then record {record.seq}: {RecordKind.HELD_OPEN}"
    return Seen(what, time.monotonic() - began, "the simulated readers, audit.db")


AT_DOORS = (
    Step(
        "While the server room stands open, its airlock stays locked",
        READER_TO_STRIKE,
        in_turn(
            opens(SERVER_ROOM, _ADA, passing=True),
            is_denied(AIRLOCK, Reason.INTERLOCKED, _GRACE),
        ),
    ),
    Step(
        "Closed again, it lets the airlock open",
        READER_TO_STRIKE,
        in_turn(drives(f"{SERVER_ROOM}.contact", RecordKind.CLOSED, active=False), opens(AIRLOCK, _GRACE)),
    ),
    Step(
        "Whoever is in the office presses to leave, and props the door open: they are warned, and it is recorded",
        READER_TO_STRIKE,
        in_turn(
            drives(f"{OFFICE}.rex", RecordKind.REX, active=True),
            is_propped_open,
            drives(f"{OFFICE}.contact", RecordKind.HELD_ENDED, active=False),
            lets_go(f"{OFFICE}.rex"),
        ),
    ),
    Step(
        "The entrance is forced: somebody is called",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            drives(f"{ENTRANCE}.contact", RecordKind.FORCED_OPEN, active=True),
            drives(f"{ENTRANCE}.contact", RecordKind.CLOSED, active=False),
            alerted(RuleName.FORCED_DOOR),
        ),
    ),
    Step(
        "Fire releases every door, the airlock too",
        READER_TO_STRIKE,
        in_turn(drives("fire", RecordKind.FIRE, active=True), all_are("released")),
    ),
    Step(
        "When it is over, all are secured",
        READER_TO_STRIKE,
        in_turn(drives("fire", RecordKind.FIRE, active=False), all_are("secured")),
    ),
)
ELEVATOR = (
    Step(
        "In the elevator Ada's card enables the floors that she may go to alone",
        READER_TO_STRIKE,
        enables(LIFT, _ALONE, _ADA, of=FLOORS),
    ),
    Step(
        "With Grace behind her they may go to the vault, too",
        READER_TO_STRIKE,
        enables(LIFT, tuple(FLOORS), _GRACE, of=FLOORS),
    ),
)
