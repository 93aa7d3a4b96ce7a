"""A laboratory that Ada may enter and invite to, and visitors who are let in there."""

from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.wire.commands import (
    CardAdd,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    PersonAdd,
    ZoneSet,
)
from doorctl.wire.questions import ListRows, Why
from doorctl.wire.results import Page, WhyResult
from doorctl.wire.visits import (
    SponsorSet,
    VisitorIn,
)
from tests.hub.builders import NOON_SECONDS, ASite, a_private, later

BADGE, OTHER_BADGE, ADAS_CARD = "H10301:7:70", "H10301:7:71", "H10301:1:1"
HOUR = 3600
UNTIL = NOON_SECONDS + 4 * HOUR
INVITED = VisitorIn("v1", "h1", UNTIL, ("lab",))


def with_lab(site: ASite) -> ASite:
    """A laboratory and a lobby that Ada may enter, and invite two to; Grace may enter, and invites nobody."""
    for zone in ("lab", "lobby", "vault"):
        site.ask(ZoneSet(zone, ZoneKind.FLOOR))
    site.ask(DoorSet("lab-door", "lab"))
    site.ask(GroupAdd("staff"))
    for holder, handle in (("h1", "ada"), ("h2", "grace")):
        site.ask(PersonAdd(holder), a_private(handle=handle))
        site.ask(GroupJoin("staff", holder))
    site.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    site.ask(GrantAdd("g1", "lab", group="staff"))
    site.ask(SponsorSet("h1", ("lab", "lobby"), 2, 8 * HOUR))
    return site


def let_in(
    site: ASite, do: VisitorIn = INVITED, *, handle: str = "alan", badge: str = BADGE, seconds: int = 0
) -> str:
    """Let a visitor in; return why not, or nothing."""
    return site.ask(do, a_private(handle=handle, name="Alan", card=badge), at=later(seconds)).reason


def why(site: ASite, *, badge: str = BADGE, at: int | None = None) -> list[Reason]:
    found = site.ask_for(Why("lab-door", at), WhyResult, a_private(card=badge))
    return [each.reason for each in found.reasons]


def listed(site: ASite, what: str) -> list[dict[str, object]]:
    return [dict(row) for row in site.ask_for(ListRows(what), Page).rows]
