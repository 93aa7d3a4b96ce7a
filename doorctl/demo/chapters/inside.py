"""What the demo of a building tells of who is inside: no card is passed back, and one at a time is in the office."""

import json
import time

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import newest
from doorctl.demo.chapters.site import GRACE, NEW, OFFICE, OFFICE_EXIT
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
    opens,
)
from doorctl.demo.witness import wait_for

_GRACE, _ADA = Badge(GRACE), Badge(NEW)


def _passes(badge: Badge, kind: RecordKind, *, reader: str = "") -> Do:
    """Present a badge and go through the office's door, which closes again; wait for what is recorded of it."""

    def do(building: Building) -> Seen:
        before = newest(building)
        seen = opens(OFFICE, badge, reader=reader, passing=True)(building)
        building.board.drive(f"{OFFICE}.contact", active=False)
        wait_for(
            lambda: {leaf.kind for leaf in building.log.records(after=before)} >= {kind, RecordKind.CLOSED} or None,
            what=f"the record {kind}, and the door closed",
            seconds=building.patience,
        )
        return Seen(f"{seen.what}; {kind}", seen.seconds, seen.source)

    return do


def _counted(inside: int) -> Do:
    """Wait until the hub has heard that so many are in the office."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        wait_for(
            lambda: json.loads(building.admin("occupancy", OFFICE, "--json"))["inside"] == inside or None,
            what=f"{inside} inside at the hub",
            seconds=building.patience,
        )
        return Seen(f"{inside} inside", time.monotonic() - began, "doorctl occupancy")

    return do


INSIDE = (
    Step(
        "The office, forgetting who was there, lets nobody pass a card back",
        KEEPER_TO_HUB,
        change(
            ("zone", "occupancy", OFFICE, "--passback", "hard"),
            ("passback", "reset", "--zone", OFFICE),
        ),
    ),
    Step(
        "Grace goes in, and her card lets nobody in behind her",
        READER_TO_STRIKE,
        in_turn(_passes(_GRACE, RecordKind.ENTERED), is_denied(OFFICE, Reason.PASSBACK, _GRACE)),
    ),
    Step(
        "The hub counts her; where one may be inside, there is no place for Ada",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            _counted(1),
            change(("zone", "occupancy", OFFICE, "--most", "1")),
            is_denied(OFFICE, Reason.ZONE_FULL, _ADA),
        ),
    ),
    Step(
        "Grace leaves by the reader inside, and Ada may enter",
        READER_TO_STRIKE,
        in_turn(_passes(_GRACE, RecordKind.LEFT, reader=OFFICE_EXIT), opens(OFFICE, _ADA)),
    ),
    Step("It is asked no longer", KEEPER_TO_HUB, change(("zone", "occupancy", OFFICE, "--none"))),
)
