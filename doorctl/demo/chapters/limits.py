"""What the demo of a building tells of cards for a few uses, of training, and of who needs longer at a door."""

import time
from datetime import UTC, datetime, timedelta

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import drives, wait_for_moment
from doorctl.demo.chapters.site import CANTEEN, GRACE, NEW, OFFICE, TAG
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
from doorctl.demo.witness import NotSeen

_RELEASE_SECONDS = 3
_A_MINUTE = timedelta(minutes=1)


def _opens_for(door: str, badge: Badge, *, seconds: float) -> Do:
    """Present a badge, for which the strike must be released so long."""

    def do(building: Building) -> Seen:
        began = time.monotonic()
        seen = opens(door, badge)(building)
        released, secured = building.board.strike_moves(door, since=began)[:2]
        if secured["t"] - released["t"] < seconds:
            raise NotSeen(f"the strike was released for {secured['t'] - released['t']:.1f} s only")
        return seen

    return do


def _train_grace(building: Building) -> Seen:
    """Note that Grace was trained today."""
    today = datetime.now(UTC).date().isoformat()
    return change(("person", "trained", "grace", "--course", "ladder", "--on", today))(building)


def see_the_end_of_a_minute(building: Building) -> Seen:
    """Wait until a minute after the first use of Ada's second card, and show it."""
    first = next(leaf for leaf in building.log.records() if leaf.kind is RecordKind.DECISION and leaf.door == CANTEEN)
    wait_for_moment(datetime.fromisoformat(first.at) + _A_MINUTE)
    return is_denied(CANTEEN, Reason.FIRST_USE_OVER, Badge(TAG))(building)


FIRST_USE = (
    Step(
        "The minute of Ada's second card is over: it opens nothing any more",
        READER_TO_STRIKE,
        see_the_end_of_a_minute,
    ),
)
LIMITS = (
    Step(
        "A card for one use opens once",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("card", "limit", NEW, "--uses", "1")),
            opens(OFFICE, Badge(NEW), passing=True),
            drives(f"{OFFICE}.contact", RecordKind.CLOSED, active=False),
            is_denied(OFFICE, Reason.USES_SPENT, Badge(NEW)),
            change(("card", "limit", NEW, "--none")),
        ),
    ),
    Step(
        "The office asks for a training that Grace has not had",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("zone", "training", OFFICE, "--course", "ladder", "--within", "365d")),
            is_denied(OFFICE, Reason.TRAINING_MISSING, Badge(GRACE)),
        ),
    ),
    Step(
        "She is trained, needs longer at doors, and the strike waits for her",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            _train_grace,
            change(("person", "access", "grace", "--release", f"{_RELEASE_SECONDS}s")),
            _opens_for(OFFICE, Badge(GRACE), seconds=_RELEASE_SECONDS - 0.5),
            change(
                ("zone", "training", OFFICE, "--course", "ladder", "--none"), ("person", "access", "grace", "--none")
            ),
        ),
    ),
)
