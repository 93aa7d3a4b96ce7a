"""A laboratory to which Ada and Grace invite, each by a key of her own, with badges of the pool."""

from doorctl.trust.note import Role
from doorctl.wire.visits import HostSet, SponsorSet, VisitorIn, VisitorOut
from tests.hub.builders import AnAdmin, ASite, a_private, later
from tests.hub.visited_lab import BADGE, HOUR, INVITED, OTHER_BADGE, UNTIL, with_lab

THIRD_BADGE = "H10301:7:72"


def with_hosts(site: ASite) -> ASite:
    """Let Ada and Grace invite two each, and put three badges into the pool."""
    with_lab(site)
    site.ask(SponsorSet("h2", ("lab",), 2, 8 * HOUR))
    for number, badge in enumerate((BADGE, OTHER_BADGE, THIRD_BADGE)):
        private = a_private(handle=f"first-{number}", card=badge)
        assert site.ask(VisitorIn(f"first-{number}", "h1", UNTIL), private).verdict == "accepted"
        site.ask(VisitorOut(), private)
    for name, holder in (("ada-key", "h1"), ("grace-key", "h2")):
        site.hire(name, Role.HOST)
        assert site.ask(HostSet(holder, name)).verdict == "done"
    return site


def ada(site: ASite) -> AnAdmin:
    return site.others[0]


def grace(site: ASite) -> AnAdmin:
    return site.others[1]


def invite(
    site: ASite,
    do: VisitorIn = INVITED,
    *,
    by: AnAdmin | None = None,
    handle: str = "alan",
    badge: str = BADGE,
    seconds: int = 0,
) -> str:
    """Let a guest in as a host; return why not, or nothing."""
    return site.ask(do, a_private(handle=handle, card=badge), admin=by or ada(site), at=later(seconds)).reason


def take_back(site: ASite, badge: str = BADGE, *, by: AnAdmin | None = None, lost: bool = False) -> str:
    return site.ask(VisitorOut(lost), a_private(card=badge), admin=by or ada(site)).reason
