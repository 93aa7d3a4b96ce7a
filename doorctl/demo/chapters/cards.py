"""What the demo of a building tells of a time that ends, a card that is lost, and one that nobody knows."""

import json
import time
from datetime import UTC, datetime, timedelta

from doorctl.core.reasons import Reason
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import wait_for_moment
from doorctl.demo.chapters.site import (
    ADA,
    ALAN,
    DOCK,
    FOUND,
    GRACE,
    NEW,
    OFFICE,
)
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Seen,
    Step,
    change,
    in_turn,
    is_denied,
    opens,
)
from doorctl.demo.witness import wait_for

_ADA, _ALAN = Badge(ADA), Badge(ALAN)
_LAST_SECONDS = 4


def _end_the_time_of_alan(building: Building) -> Seen:
    """Let every right of his end in a few seconds, and wait for that."""
    began = time.monotonic()
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_LAST_SECONDS)
    seen = change(("person", "edit", "alan", "--until", end.isoformat()))(building)
    wait_for_moment(end)
    return Seen(seen.what, time.monotonic() - began, seen.source)


def _give_the_unknown_card(building: Building) -> Seen:
    """Give a card, of which nobody knows the number, by the code that the door's record has for it."""
    began = time.monotonic()
    code = wait_for(
        lambda: next(iter(_unknown_cards(building)), None), what="the unknown card", seconds=building.patience
    )
    change(("card", "add", "ada", "--unknown", code))(building)
    return Seen(f"code {code}, now Ada's", time.monotonic() - began, "doorctl card last-unknown")


def _unknown_cards(building: Building) -> list[str]:
    lines = building.admin("card", "last-unknown", OFFICE, "--json").splitlines()
    return [json.loads(line)["code"] for line in lines]


CARDS = (
    Step(
        "Grace is suspended: her card opens nothing, until she is not any more",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("suspend", "grace")),
            is_denied(OFFICE, Reason.HOLDER_SUSPENDED, Badge(GRACE)),
            change(("person", "resume", "grace")),
        ),
    ),
    Step(
        "The dock takes no readers on wires, as this one is",
        READER_TO_STRIKE,
        is_denied(DOCK, Reason.READER_CLASS, _ADA),
    ),
    Step(
        "Now it does: it opens for Ada, and for Alan not at this time",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("zone", "classes", DOCK, "--readers", "wiegand")),
            opens(DOCK, _ADA),
            is_denied(DOCK, Reason.OUTSIDE_SCHEDULE, _ALAN),
        ),
    ),
    Step("Alan, who is here for a while, opens the office", READER_TO_STRIKE, opens(OFFICE, _ALAN)),
    Step("His time here gets an end, and it comes", KEEPER_TO_HUB, _end_the_time_of_alan),
    Step("None of his doors opens", READER_TO_STRIKE, is_denied(OFFICE, Reason.HOLDER_EXPIRED, _ALAN)),
    Step(
        "Ada has lost her card and gets another; PIN and grants stay",
        KEEPER_TO_HUB,
        change(("card", "replace", ADA, NEW)),
    ),
    Step(
        "The lost one opens nothing, the new one the office",
        READER_TO_STRIKE,
        in_turn(is_denied(OFFICE, Reason.CREDENTIAL_LOST, _ADA), opens(OFFICE, Badge(NEW))),
    ),
    Step(
        "A card that nobody knows is shown at the office",
        READER_TO_STRIKE,
        is_denied(OFFICE, Reason.UNKNOWN_CARD, Badge(FOUND)),
    ),
    Step("It becomes Ada's, by a code: nobody reads its number", KEEPER_TO_HUB, _give_the_unknown_card),
    Step("It opens the office", READER_TO_STRIKE, opens(OFFICE, Badge(FOUND))),
)
