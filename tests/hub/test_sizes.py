"""How large the hub's words are on the wire: a revoke must reach everybody over the thinnest line."""

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import GrantAdd, PersonAdd, Revoke, ZoneSet
from doorctl.wire.topics import Channel, topic
from tests.hub.builders import NOON_SECONDS, SITE, ASite, a_private

MOST_BYTES = 900
HOLDER, GRANT = "3f2a9c1b5d7e8f60", "9c1b5d7e8f603f2a"
ZONE = "server-room-2"


def test_a_revoke_with_its_admins_command_is_at_most_900_bytes_with_its_topic(site: ASite) -> None:
    site.ask(PersonAdd(HOLDER), a_private(handle="ada"))
    site.ask(ZoneSet(ZONE, ZoneKind.FLOOR))
    site.ask(GrantAdd(GRANT, ZONE, holder=HOLDER, valid_until=NOON_SECONDS + 86_400))

    outgoing = site.send(site.a_command(Revoke(ZONE, holder=HOLDER)))

    (delta,) = [each for each in outgoing if each.address.channel is Channel.DELTA]
    assert b"doorctl/v1/command" in delta.payload
    assert len(topic(SITE, delta.address)) + len(delta.payload) <= MOST_BYTES
