"""Proofs that nobody comes in without a certificate: at each port where brokers listen, and under no name.

1. A listener in the open may stand beside the one that we configured, in the same mosquitto: it gives whoever says
   the user name ``hub`` all that the access list gives the hub.
2. Where another broker may be on the same machine, a port counts only if probes pass between it and the hub's.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace

from doorctl.brokers import PORTS, Broker, Tls
from doorctl.errors import Unreachable
from doorctl.mqtt.connection import Connection
from doorctl.mqtt.probes import Heard, Proof, Site, client_id, connected, new_probe, publish
from doorctl.mqtt.session import Received, Session
from doorctl.mqtt.tls import client_context
from doorctl.wire.topics import HUB_NAME, topic, whole_site

USUAL_PORTS = (*PORTS.values(), 8083, 9001)
"""Where a broker often listens, the last two for websockets, beside the port that we were told."""

_UPGRADE = (
    "GET /mqtt HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZG9vcmN0bCBjaGVjayAhIQ==\r\n"
    "Sec-WebSocket-Protocol: mqtt\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a stranger tries to come in."""

    broker: Broker
    user: str | None
    has_websockets: bool

    def __str__(self) -> str:
        whom = "anybody" if self.user is None else f"whoever says the user name {self.user!r}"
        return f"{self.broker}{' (websockets)' if self.has_websockets else ''} lets {whom} in"


async def nobody_comes_in_the_open(site: Site) -> Proof:
    """Try every port without TLS."""
    return await _proof(site, "nobody is let in without TLS", tls=None)


async def nobody_is_anonymous(site: Site) -> Proof:
    """Try every port with TLS, but without a certificate."""
    tls = None if site.hub.tls is None else replace(site.hub.tls, certificate=None, key=None)
    return await _proof(site, "nobody is let in without a certificate", tls=tls)


async def _proof(site: Site, claim: str, *, tls: Tls | None) -> Proof:
    ports = sorted({site.hub.port, *site.usual_ports})
    found = [str(way) for port in ports if (way := await _way_in(site, site.hub._replace(port=port, tls=tls)))]
    tried = " and ".join(str(port) for port in ports)
    more = " and has this site's topics" if site.is_shared else ""
    return Proof(claim, not found, f"{found[0]}{more}" if found else f"tried ports {tried}")


async def _way_in(site: Site, broker: Broker) -> _Way | None:
    for has_websockets in (False, True):
        if await _listens(site, broker, has_websockets=has_websockets):
            for user in (None, HUB_NAME, *site.admins[:1]):
                if await _is_open(site, way := _Way(broker, user, has_websockets)):
                    return way
    return None


async def _is_open(site: Site, way: _Way) -> bool:
    is_ours = way.broker.port == site.hub.port or not site.is_shared
    return await (_lets_in if is_ours else _has_our_topics)(site, way)


async def _listens(site: Site, broker: Broker, *, has_websockets: bool) -> bool:
    """Tell whether anything, or a server of websockets, takes the first step with us."""
    tls = None if broker.tls is None else client_context(broker.tls)
    try:
        async with asyncio.timeout(site.control_seconds):
            reader, writer = await asyncio.open_connection(broker.host, broker.port, ssl=tls)
            with closing(writer):
                if not has_websockets:
                    return True
                writer.write(_UPGRADE.format(broker).encode())
                return b" 101 " in await reader.readline()
    except (OSError, ValueError):  # TimeoutError is the one, a line without an end the other
        return False


async def _lets_in(site: Site, way: _Way) -> bool:
    try:
        async with _inside(site, way):
            return True
    except Unreachable:
        return False


async def _has_our_topics(site: Site, way: _Way) -> bool:
    """Tell whether the stranger hears what the hub says at its broker, or is heard there."""
    topics = [topic(site.name, each) for each in site.addresses()]
    ours, theirs = new_probe(), new_probe()
    stranger, control, voice = Heard(site, only=ours), Heard(site, only=ours), Heard(site, only=theirs)

    def hear_at_hub(received: str, payload: bytes, retained: bool) -> None:
        control(received, payload, retained)
        voice(received, payload, retained)

    everything = (whole_site(site.name),)
    try:
        async with (
            _inside(site, way, everything, stranger) as connection,
            connected(site, site.hub, subscriptions=everything, on_message=hear_at_hub) as hub,
        ):
            for each in topics:
                connection.publish(each, theirs, retain=False)
            await publish(hub, topics, ours)
            await control.until(set(site.addresses()))
    except Unreachable:
        return False
    return bool(stranger.topics or voice.topics)


@asynccontextmanager
async def _inside(
    site: Site,
    way: _Way,
    subscriptions: tuple[str, ...] = (),
    on_message: Callable[[str, bytes, bool], None] = lambda _topic, _payload, _retained: None,
) -> AsyncIterator[Connection]:
    """Connect as the stranger. Raises Unreachable."""

    def receive(connection: Connection, message: Received) -> None:
        connection.acknowledge(message)
        on_message(message.topic or "", message.payload, message.retained)

    session = Session(client_id(), site.version, subscriptions, None, 0, way.user, way.has_websockets)
    connection = Connection(session, received=receive, counters=Counter())
    await connection.open(way.broker)
    try:
        yield connection
    finally:
        connection.close()
        await asyncio.sleep(0)  # one turn of the loop: the connection lets go of its socket
