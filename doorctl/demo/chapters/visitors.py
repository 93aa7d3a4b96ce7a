"""What the demo of a building tells of visitors: a guest with a badge, behind the host and in the host's name."""

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


def let_guests_in(building: Building) -> Seen:
    """Say how far Ada may invite, and give two people badges for an hour in her name."""
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    sponsor = ("sponsor", "set", "ada", "--zone", OFFICE, "--guests", "2")
    guests = (
        ("visitor", "in", guest, "--host", "ada", "--badge", badge, "--until", until, "--zone", OFFICE)
        for guest, badge in (("guest-1", BADGE), ("guest-2", OTHER_BADGE))
    )
    return change(sponsor, *guests)(building)


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
        "Ada may invite no longer: her guests may enter no longer, and bring the badges back",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("sponsor", "remove", "ada")),
            is_denied(OFFICE, Reason.SPONSOR_DENIED, Badge(BADGE)),
            change(("visitor", "out", BADGE), ("visitor", "out", OTHER_BADGE)),
        ),
    ),
)
