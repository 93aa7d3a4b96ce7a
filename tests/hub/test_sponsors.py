"""Sponsors at the hub: the zones to which they invite."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.wire.commands import PersonAdd, ZoneRemove, ZoneSet
from doorctl.wire.visits import SponsorSet, VisitorIn
from tests.hub.builders import NOON_SECONDS, ASite, a_private
from tests.hub.own_log.reading import own_log

HOUR = 3600


@pytest.fixture
def lab(site: ASite) -> ASite:
    """A laboratory and a lobby to which Ada invites."""
    for zone in ("lab", "lobby"):
        site.ask(ZoneSet(zone, ZoneKind.FLOOR))
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(SponsorSet("h1", ("lab", "lobby"), 2, 8 * HOUR))
    return site


def test_a_zone_to_which_somebody_invites_is_removed_only_once_they_do_not(lab: ASite) -> None:
    before = lab.ask(ZoneRemove("lobby"))
    lab.ask(SponsorSet("h1", ("lab",), 2, 8 * HOUR))

    assert (before.reason, lab.ask(ZoneRemove("lobby")).verdict) == ("zone-in-use", "accepted")


def test_an_invitation_is_recorded_with_the_sponsor_also_one_that_is_refused(lab: ASite) -> None:
    until = NOON_SECONDS + HOUR
    for guest, zone in (("v1", "lobby"), ("v2", "vault")):
        lab.ask(VisitorIn(guest, "h1", until, (zone,)), a_private(handle=guest, card=f"H10301:7:{guest[1]}"))

    read = own_log(lab)
    taken, refused = read.of(RecordKind.COMMAND)[-2:]
    told = [read.texts[seq, part] for seq, part in ((taken.seq, 0), (taken.seq, 1), (refused.seq, 0))]
    assert (told[0], told[2]) == ("holder:v1", "holder:h1")
    assert '"sponsor":"h1"' in told[1]
    assert refused.act is not None
    assert refused.act.reason == "beyond-sponsor"
