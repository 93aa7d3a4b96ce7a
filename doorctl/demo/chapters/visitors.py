"""What the demo of a building tells of visitors: a guest with a badge, behind the host and in the host's name."""

import time
from datetime import UTC, datetime, timedelta

from doorctl.core.reasons import Reason
from doorctl.demo.building import Building
from doorctl.demo.chapters.site import BADGE, NEW, OFFICE, OTHER_BADGE
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


def let_guests_in(building: Building) -> Seen:
    """Say how far Ada may invite, and give two people badges for an hour in her name."""
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    sponsor = ("sponsor", "set", "ada", "--zone", OFFICE, "--guests", "2")
    guests = (
        ("visitor", "in", guest, "--host", "ada", "--badge", badge, "--until", until, "--zone", OFFICE)
        for guest, badge in (("guest-1", BADGE), ("guest-2", OTHER_BADGE))
    )
    return change(sponsor, *guests)(building)


def hand_a_badge_on(building: Building) -> Seen:
    """Give Ada a key of her own, by which she takes a badge back and gives it to another guest, and no more."""
    began = time.monotonic()
    key = building.hire("ada-key", role="host")
    wait_for(
        lambda: (
            "invites guests" in building.admin("sponsor", "host", "ada", "--admin", "ada-key", may_end_with=(0, 1))
            or None
        ),
        what="the hub to know Ada's key",
        seconds=building.patience,
    )
    until = (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds")
    by_her_key = ("--config", str(key))
    guest = ("guest-3", "--host", "ada", "--badge", OTHER_BADGE, "--until", until, "--zone", OFFICE)
    change(("visitor", "out", OTHER_BADGE, *by_her_key), ("visitor", "in", *guest, *by_her_key))(building)
    building.admin("grant", "guest-3", OFFICE, *by_her_key, may_end_with=(1,))
    seen = "in force at 1 of 1 controllers; a grant by her key is refused"
    return Seen(seen, time.monotonic() - began, "the keeper's signed ack")


VISITORS = (
    Step("Ada may invite to the office, and the reception lets two guests of hers in", KEEPER_TO_HUB, let_guests_in),
    Step(
        "A badge opens behind her, and not before; of her guests she brings one",
        READER_TO_STRIKE,
        in_turn(
            is_denied(OFFICE, Reason.ESCORT_AWAITED, Badge(BADGE)),
            opens(OFFICE, Badge(NEW)),
            opens(OFFICE, Badge(BADGE)),
            is_denied(OFFICE, Reason.ESCORT_FULL, Badge(OTHER_BADGE)),
        ),
    ),
    Step(
        "By a key of her own Ada hands a badge on to another guest, and grants nothing",
        KEEPER_TO_HUB,
        hand_a_badge_on,
    ),
    Step(
        "Ada may invite no longer: her guests may enter no longer, and bring the badges back",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("sponsor", "remove", "ada")),
            is_denied(OFFICE, Reason.SPONSOR_DENIED, Badge(BADGE)),
            change(("visitor", "out", BADGE), ("visitor", "out", OTHER_BADGE)),
        ),
    ),
)
