"""What the demo of a building tells of a lockdown, and of a network that is away."""

import time
from datetime import UTC, datetime, timedelta

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.demo.building import Building
from doorctl.demo.chapters.parts import drives, lets_go, wait_for_moment
from doorctl.demo.chapters.site import (
    ADA,
    AIRLOCK,
    ALAN,
    GRACE,
    NEW,
    OFFICE,
    VAULT,
)
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Seen,
    Step,
    bring_the_broker_back,
    change,
    in_turn,
    is_denied,
    kill_the_broker,
    opens,
)

_ADA, _GRACE = Badge(ADA), Badge(GRACE)

MAX_AGE = timedelta(seconds=1)


def grows_too_old(_: Building) -> Seen:
    """Let the policy, which nobody confirms any more, grow older than the airlock takes it."""
    began = time.monotonic()
    wait_for_moment(datetime.now(UTC) + MAX_AGE)
    return Seen(f"no word of the hub for {MAX_AGE.seconds} s", time.monotonic() - began, "the clock")


EMERGENCY = (
    Step("The whole building is locked down", KEEPER_TO_HUB, change(("lockdown", "all"))),
    Step(
        "No card opens, but the way out does",
        READER_TO_STRIKE,
        in_turn(
            is_denied(OFFICE, Reason.LOCKDOWN, Badge(NEW)),
            drives(f"{OFFICE}.rex", RecordKind.REX, active=True),
            lets_go(f"{OFFICE}.rex"),
        ),
    ),
    Step("It is released", KEEPER_TO_HUB, change(("release", "all"))),
    Step(
        "The airlock takes no policy older than a second, but by two wardens",
        KEEPER_TO_HUB,
        change(("zone", "rule", AIRLOCK, "--max-age", f"{MAX_AGE.seconds}s", "--break-glass", "wardens")),
    ),
    Step("The broker is killed", (), kill_the_broker),
    Step(
        "Without the network the rules are the same",
        READER_TO_STRIKE,
        in_turn(
            is_denied(VAULT, Reason.PERSON_AWAITED, Badge(NEW)),
            opens(VAULT, _GRACE),
            is_denied(OFFICE, Reason.CREDENTIAL_LOST, _ADA),
        ),
    ),
    Step(
        "The policy is too old for the airlock now: Alan stays outside, two wardens break the glass",
        READER_TO_STRIKE,
        in_turn(
            grows_too_old,
            is_denied(AIRLOCK, Reason.STALE_POLICY, Badge(ALAN)),
            is_denied(AIRLOCK, Reason.BREAK_GLASS_AWAITS_SECOND, Badge(NEW)),
            opens(AIRLOCK, _GRACE, reason=Reason.BREAK_GLASS),
        ),
    ),
    Step("The broker comes back, and the records arrive", ("hub", "link", "keeper"), bring_the_broker_back),
)
