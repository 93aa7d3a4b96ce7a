"""Ada, of the staff, with a card, and a door into floor-3, where nobody may enter yet."""

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import CardAdd, DoorSet, GroupAdd, GroupJoin, PersonAdd, ZoneSet
from tests.hub.builders import ADAS_CARD, ASite, a_private


def with_ada(site: ASite) -> ASite:
    """Add them to a site, by six changes."""
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    site.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    site.ask(GroupAdd("staff"))
    site.ask(GroupJoin("staff", "h1"))
    site.ask(ZoneSet("floor-3", ZoneKind.FLOOR))
    site.ask(DoorSet("door-1", "floor-3"))
    return site
