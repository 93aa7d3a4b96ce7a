"""A site whose vault asks for two admins, for each test."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import DoorSet, GrantAdd, GroupAdd, GroupJoin, HolidayAdd, PersonAdd, ScheduleSet, ZoneSet
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import ASite, a_private
from tests.hub.two_admins.requests import NIGHTS


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site whose vault asks for two admins; the group staff may enter it, and floor-1."""
    for do, private in (
        (PersonAdd("h1"), a_private(handle="ada")),
        (PersonAdd("h2"), a_private(handle="alan")),
        (ZoneSet("vault", ZoneKind.SERVER_ROOM), None),
        (ZoneSet("floor-1", ZoneKind.FLOOR), None),
        (DoorSet("vault-door", "vault"), None),
        (DoorSet("door-1", "floor-1"), None),
        (ScheduleSet("nights", NIGHTS.windows), None),
        (HolidayAdd("2027-12-25"), None),
        (GroupAdd("staff"), None),
        (GroupAdd("guards"), None),
        (GroupJoin("staff", "h2"), None),
        (GrantAdd("g0", "vault", group="staff", schedule="nights"), None),
        (ZoneRuleSet("vault", approvals=2, max_age_seconds=900, break_glass="guards"), None),
    ):
        assert site.ask(do, private).verdict == "accepted"
    return site
