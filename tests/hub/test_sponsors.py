"""Sponsors at the hub: the zones to which they invite."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import PersonAdd, ZoneRemove, ZoneSet
from doorctl.wire.visits import SponsorSet
from tests.hub.builders import ASite, a_private

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
