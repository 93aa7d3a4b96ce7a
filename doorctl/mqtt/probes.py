"""Probes of a broker: connections of every kind, and payloads that are sent to be looked for.

A probe is no note, so whoever hears one counts a refusal and goes on.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from doorctl.brokers import Broker
from doorctl.errors import Refused, Unreachable
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.connection import Connection
from doorctl.mqtt.session import Session, new_client_id
from doorctl.wire.topics import Address, Channel, parse

PROBE = b"a probe of `doorctl check --broker`: no note"
_NOBODY = "nobody-"


@dataclass(frozen=True, slots=True)
class Proof:
    """One claim about the broker, whether it holds, and what was seen."""

    claim: str
    holds: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Site:
    """What the proofs are about: the site's names, the hub's way to the broker, and the version of MQTT."""

    name: str
    hub: Broker
    version: int
    controllers: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    usual_ports: tuple[int, ...] = ()
    """Where to look for other listeners, beside the port that we were told."""
    is_shared: bool = False
    """Whether what listens at other ports of that host may be somebody else's."""
    control_seconds: float = 5.0
    """How long to wait for a connection, and for the controls."""
    silence_seconds: float = 0.3
    """How long to listen on after the controls have come: some brokers deliver out of order."""

    def addresses(self) -> tuple[Address, ...]:
        """Return every address there is, and those of a controller and an admin that nobody is."""
        nobody = _NOBODY + secrets.token_hex(4)
        owners = {
            "ctl/": (*self.controllers, nobody),
            "admin/": (*self.admins, nobody),
            "snapshot/": (secrets.token_hex(16),),
        }
        return tuple(
            Address(channel, owner)
            for channel in Channel
            for owner in next((names for prefix, names in owners.items() if channel.startswith(prefix)), ("",))
        )


class Heard:
    """What came, by topic, also what the broker had kept; or of all that only one payload."""

    def __init__(self, site: Site, only: bytes | None = None) -> None:
        self.topics: Counter[str] = Counter()
        self._only = only
        self._site = site
        self._grew = asyncio.Event()

    def __call__(self, received: str, payload: bytes, _retained: bool) -> None:
        if self._only is None or payload == self._only:
            self.topics[received] += 1
            self._grew.set()

    @property
    def addresses(self) -> set[Address]:
        return {address for each in self.topics if (address := self._address(each)) is not None}

    def is_allowed(self, received: str, rule: Callable[[Address], bool]) -> bool:
        address = self._address(received)
        return address is not None and rule(address)

    async def until(self, wanted: set[Address]) -> None:
        try:
            async with asyncio.timeout(self._site.control_seconds):
                while not wanted <= self.addresses:
                    self._grew.clear()
                    await self._grew.wait()
        except TimeoutError:
            return
        await asyncio.sleep(self._site.silence_seconds)

    def _address(self, received: str) -> Address | None:
        try:
            return parse(self._site.name, received)
        except Refused:
            return None


def new_probe() -> bytes:
    """Make a probe that nobody has seen: to be told from those of others, and from what the broker has kept."""
    return PROBE + secrets.token_hex(8).encode()


async def publish(client: MqttClient, topics: Iterable[str], payload: bytes = PROBE) -> None:
    for each in topics:
        while not client.publish(each, payload) and client.is_connected:
            await asyncio.sleep(0.01)


async def lets_in(site: Site, broker: Broker) -> bool:
    """Tell whether the broker acknowledges a connection of this kind."""
    try:
        await try_once(site, broker)
    except Unreachable:
        return False
    return True


async def try_once(site: Site, broker: Broker) -> None:
    """Connect once, and leave. Raises Unreachable."""
    session = Session(client_id(), site.version, (), None, session_seconds=0)
    connection = Connection(session, received=lambda _connection, _message: None, counters=Counter())
    try:
        await connection.open(broker)
    except Unreachable as error:
        raise Unreachable(f"{broker}: {error}") from error
    connection.close()
    await asyncio.sleep(0)  # one turn of the loop: the connection lets go of its socket


@asynccontextmanager
async def connected(
    site: Site,
    broker: Broker,
    *,
    subscriptions: Sequence[str] = (),
    on_message: Callable[[str, bytes, bool], None] = lambda _topic, _payload, _retained: None,
) -> AsyncIterator[MqttClient]:
    client = MqttClient(
        client_id=client_id(),
        brokers=[broker],
        on_message=on_message,
        subscriptions=subscriptions,
        version=site.version,
        session_seconds=0,
    )
    running = asyncio.create_task(client.run())
    try:
        await client.wait_connected(site.control_seconds)
        yield client
    finally:
        client.stop()
        await running


def client_id() -> str:
    return new_client_id("doorctl-check")
