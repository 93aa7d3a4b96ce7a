"""Visitors and guarded zones at the hub: by no detour are they let in with less than the zone asks for."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.trust.note import Role
from doorctl.wire.commands import GrantAdd, GroupAdd, GroupJoin, PersonAdd, ZoneSet
from doorctl.wire.rights import ZoneRuleSet
from doorctl.wire.visits import VisitorSet, ZoneEscortSet
from tests.hub.builders import ASite, a_private


@pytest.fixture
def lab(site: ASite) -> ASite:
    """A laboratory and a lobby, Ada, and Alan, who visits and whom a group lets into the laboratory."""
    for zone in ("lab", "lobby"):
        site.ask(ZoneSet(zone, ZoneKind.FLOOR))
    for holder, handle in (("h1", "ada"), ("v1", "alan")):
        site.ask(PersonAdd(holder), a_private(handle=handle))
    for group in ("contractors", "escorts"):
        site.ask(GroupAdd(group))
    site.ask(GroupJoin("contractors", "v1"))
    site.ask(GrantAdd("g1", "lab", group="contractors"))
    site.ask(VisitorSet("v1", escort_group="escorts"))
    return site


def test_who_joins_those_who_bring_a_visitor_waits_where_a_group_lets_the_visitor_in(lab: ASite) -> None:
    edith = lab.hire("edith", Role.ADMIN, zones=("lobby",))
    lab.ask(ZoneRuleSet("lab", approvals=2))

    assert lab.ask(GroupJoin("escorts", "h1"), admin=edith).reason == "not-allowed"
    assert lab.ask(GroupJoin("escorts", "h1")).verdict == "pending"


def test_no_zone_that_visitors_enter_alone_becomes_strict(lab: ASite) -> None:
    lab.ask(ZoneEscortSet("lab", alone=True))

    assert lab.ask(ZoneRuleSet("lab", strict=True)).reason == "strict-zone"
    lab.ask(ZoneEscortSet("lab"))
    assert lab.ask(ZoneRuleSet("lab", strict=True)).verdict == "accepted"
