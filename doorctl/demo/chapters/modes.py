"""What the demo of a building tells of modes, by the clock, a keeper or a command, and of an order to open."""

import time

from doorctl.audit.leaf import Leaf
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import newest, wait_for_record
from doorctl.demo.chapters.site import CANTEEN, DOCK, GRACE, GYM, KITCHEN, OFFICE, PIN
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Do,
    Seen,
    Step,
    change,
    in_turn,
    is_denied,
    is_granted,
    opens,
)
from doorctl.demo.witness import NotSeen, wait_for

_GRACE = Badge(GRACE)


def stays(door: str, state: str, kind: RecordKind) -> Do:
    """Wait until the mode of a door has moved its strike, which stays so."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        record = wait_for(
            lambda: next((leaf for leaf in reversed(_by_mode(building, door)) if leaf.kind is kind), None),
            what=f"the record {kind}: {Reason.MODE}",
            seconds=building.patience,
        )
        wait_for(
            lambda: building.board.strike(door) == state or None,
            what=f"the strike of {door} to stay {state}",
            seconds=building.patience,
        )
        return Seen(f"record {record.seq}: {kind}, and it stays {state}", time.monotonic() - began, "audit.db")

    return do


def _by_mode(building: Building, door: str) -> list[Leaf]:
    return [leaf for leaf in building.log.records() if leaf.reason is Reason.MODE and leaf.door == door]


def opened_from_afar(door: str) -> Do:
    """Have an admin open a door, once."""

    def do(building: Building) -> Seen:
        began, before = time.monotonic(), newest(building)
        building.admin("open", door)
        wait_for_record(building, RecordKind.ORDER, after=before)
        released = wait_for_record(building, RecordKind.RELEASED, after=before)
        wait_for_record(building, RecordKind.RELOCKED, after=released.seq)
        if released.reason is not Reason.ORDER:
            raise NotSeen(f"record {released.seq}: released by {released.reason}")
        return Seen(f"record {released.seq}: released by order", time.monotonic() - began, "audit.db")

    return do


MODES = (
    Step(
        "Lunch begins: the kitchen is unlocked",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("schedule", "set", "lunch", "mon,tue,wed,thu,fri,sat,sun 00:00-24:00", "--ignore-holidays")),
            stays(KITCHEN, "released", RecordKind.RELEASED),
        ),
    ),
    Step(
        "Meanwhile the gym beside it stays locked: no PIN is looked at there",
        READER_TO_STRIKE,
        is_denied(GYM, Reason.INTERLOCKED, Badge(keys=PIN)),
    ),
    Step(
        "The canteen waits for the first who may enter, and stays unlocked behind her",
        READER_TO_STRIKE,
        in_turn(is_granted(CANTEEN, _GRACE), stays(CANTEEN, "released", RecordKind.RELEASED)),
    ),
    Step(
        "Lunch is over: both are locked",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("schedule", "set", "lunch", "mon 03:00-03:01", "--ignore-holidays")),
            stays(KITCHEN, "secured", RecordKind.MODE),
            stays(CANTEEN, "secured", RecordKind.MODE),
        ),
    ),
    Step(
        "The office becomes one that guards unlock by coming twice",
        KEEPER_TO_HUB,
        change(("door", "modes", OFFICE, "office", "--office-group", "guards")),
    ),
    Step(
        "Grace, a guard, comes twice, and it stays unlocked",
        READER_TO_STRIKE,
        in_turn(opens(OFFICE, _GRACE), is_granted(OFFICE, _GRACE), stays(OFFICE, "released", RecordKind.RELEASED)),
    ),
    Step(
        "A command locks it for every card",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("door", "mode", OFFICE, "locked")),
            stays(OFFICE, "secured", RecordKind.MODE),
            is_denied(OFFICE, Reason.DOOR_LOCKED, _GRACE),
        ),
    ),
    Step(
        "An admin opens the dock from afar, once",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        opened_from_afar(DOCK),
    ),
    Step(
        "With the command and the modes ended, a card opens it",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("door", "mode", OFFICE, "--usual"), ("door", "modes", OFFICE, "card")), opens(OFFICE, _GRACE)
        ),
    ),
)
