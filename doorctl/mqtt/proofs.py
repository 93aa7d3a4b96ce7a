"""Proofs about a running broker: who is kept out, and that nobody hears or says what is another's.

A broker grants a forbidden subscription and stays silent, and takes a forbidden message and drops it. So nothing is
believed: a probe is sent, and looked for. Each proof has a control, the same way on a topic that is open; when that
one does not arrive, nothing is proven. A probe is no note, so whoever hears one counts a refusal and goes on.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from doorctl.brokers import PORTS, Broker, Tls
from doorctl.certificates import HUB_NAME, TLS_CERTIFICATE, TLS_KEY, make_client_files, new_authority
from doorctl.errors import Refused, Unreachable
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.connection import Connection
from doorctl.mqtt.session import Session
from doorctl.topics import FROM_CONTROLLERS, PREFIX, TO_CONTROLLERS, Address, Channel, parse, topic

PROBE = b"a probe of `doorctl check --broker`: no note"
_NOBODY = "nobody-"


class Kind(StrEnum):
    """Whose certificate it is."""

    CONTROLLER = "controller"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who may connect: a controller's link or an admin."""

    kind: Kind
    name: str
    broker: Broker

    def may_hear(self, address: Address) -> bool:
        """Tell whether messages at this address are meant for them."""
        if self.kind is Kind.ADMIN:
            return address.channel is Channel.TRUST or address == Address(Channel.RESPONSE, self.name)
        return address.channel in TO_CONTROLLERS and (_is_for_all(address) or address.name == self.name)

    def may_say(self, address: Address) -> bool:
        """Tell whether they publish there."""
        theirs = FROM_CONTROLLERS if self.kind is Kind.CONTROLLER else (Channel.COMMAND,)
        return address.channel in theirs and address.name == self.name


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
    usual_ports: tuple[int, ...] = (PORTS["mqtt"],)
    """Where a broker often listens without TLS, beside the port that we were told."""
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


async def prove(site: Site, parties: Sequence[Party]) -> list[Proof]:
    """Prove what can be proven about one broker. Raises Unreachable when even the hub is not let in."""
    await _try(site, site.hub)
    proofs = [await _nobody_comes_in_the_open(site), await _nobody_is_anonymous(site), await _no_other_ca(site)]
    for party in parties:
        proofs += [await _hears_nothing_foreign(site, party), await _says_nothing_foreign(site, party)]
    return proofs


async def _nobody_comes_in_the_open(site: Site) -> Proof:
    ports = sorted({site.hub.port, *site.usual_ports})
    found = [port for port in ports if await _lets_in(site, Broker(site.hub.host, port))]
    where = " and ".join(str(port) for port in ports)
    return Proof(
        "nobody is let in without TLS", not found, f"tried ports {where}" if not found else f"port {found[0]}"
    )


async def _nobody_is_anonymous(site: Site) -> Proof:
    tls = None if site.hub.tls is None else replace(site.hub.tls, certificate=None, key=None)
    is_in = await _lets_in(site, site.hub._replace(tls=tls))
    return Proof(
        "nobody is let in without a certificate", not is_in, "anonymous access is on" if is_in else "refused"
    )


async def _no_other_ca(site: Site) -> Proof:
    with TemporaryDirectory(prefix="doorctl-check-") as name:
        folder, now = Path(name), datetime.now(UTC)
        make_client_files(new_authority(folder / "ca", site=site.name, at=now), HUB_NAME, folder / "hub", at=now)
        files = (
            Tls(site.hub.tls.ca, folder / "hub" / TLS_CERTIFICATE, folder / "hub" / TLS_KEY) if site.hub.tls else None
        )
        is_in = await _lets_in(site, site.hub._replace(tls=files))
    seen = "a certificate that anybody can make opens it" if is_in else "refused"
    return Proof("nobody is let in with another authority's certificate", not is_in, seen)


async def _hears_nothing_foreign(site: Site, party: Party) -> Proof:
    """Subscribe to everything as the party, let the hub speak everywhere, and see what comes."""
    addresses, heard = site.addresses(), _Heard(site)
    everything = ("#", f"{PREFIX}/{site.name}/#", *(topic(site.name, each) for each in addresses))
    async with (
        _connected(site, party.broker, subscriptions=everything, on_message=heard),
        _connected(site, site.hub) as hub,
    ):
        await _publish(hub, [topic(site.name, each) for each in addresses if not party.may_hear(each)])
        await _publish(hub, [topic(site.name, each) for each in addresses if party.may_hear(each)])
        wanted = {each for each in addresses if party.may_hear(each)}
        await heard.until(wanted)
    missing = sorted(topic(site.name, each) for each in wanted - heard.addresses)
    foreign = sorted(each for each in heard.topics if not heard.is_allowed(each, party.may_hear))
    claim = f"{party.kind} {party.name} hears nothing that is another's"
    return _verdict(claim, foreign, missing, tried=len(addresses) - len(wanted), verb="hears")


async def _says_nothing_foreign(site: Site, party: Party) -> Proof:
    """Speak everywhere as the party, and see at the hub what comes."""
    addresses, probe = site.addresses(), PROBE + secrets.token_hex(8).encode()
    heard = _Heard(site, only=probe)  # others speak meanwhile, and the broker has kept what they said
    subscriptions = (f"{PREFIX}/{site.name}/#",)
    async with (
        _connected(site, site.hub, subscriptions=subscriptions, on_message=heard),
        _connected(site, party.broker) as client,
    ):
        await _publish(client, [topic(site.name, each) for each in addresses if not party.may_say(each)], probe)
        await _publish(client, [topic(site.name, each) for each in addresses if party.may_say(each)], probe)
        wanted = {each for each in addresses if party.may_say(each)}
        await heard.until(wanted)
    missing = sorted(topic(site.name, each) for each in wanted - heard.addresses)
    foreign = sorted(each for each in heard.topics if not heard.is_allowed(each, party.may_say))
    claim = f"{party.kind} {party.name} says nothing that is another's"
    return _verdict(claim, foreign, missing, tried=len(addresses) - len(wanted), verb="says")


def _verdict(claim: str, foreign: list[str], missing: list[str], *, tried: int, verb: str) -> Proof:
    if foreign:
        return Proof(claim, False, f"{verb} {foreign[0]}" + (f" and {len(foreign) - 1} more" if foreign[1:] else ""))
    if missing:
        return Proof(claim, False, f"nothing is proven: the control on {missing[0]} did not arrive")
    return Proof(claim, True, f"tried {tried} topics")


class _Heard:
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


def _is_for_all(address: Address) -> bool:
    return not address.name or address.channel is Channel.SNAPSHOT


async def _publish(client: MqttClient, topics: Iterable[str], payload: bytes = PROBE) -> None:
    for each in topics:
        while not client.publish(each, payload) and client.is_connected:
            await asyncio.sleep(0.01)


async def _lets_in(site: Site, broker: Broker) -> bool:
    """Tell whether the broker acknowledges a connection of this kind."""
    try:
        await _try(site, broker)
    except Unreachable:
        return False
    return True


async def _try(site: Site, broker: Broker) -> None:
    """Connect once, and leave. Raises Unreachable."""
    session = Session(_client_id(), site.version, (), None, session_seconds=0)
    connection = Connection(session, received=lambda _connection, _message: None, counters=Counter())
    try:
        await connection.open(broker)
    except Unreachable as error:
        raise Unreachable(f"{broker}: {error}") from error
    connection.close()
    await asyncio.sleep(0)  # one turn of the loop: the connection lets go of its socket


@asynccontextmanager
async def _connected(
    site: Site,
    broker: Broker,
    *,
    subscriptions: Sequence[str] = (),
    on_message: Callable[[str, bytes, bool], None] = lambda _topic, _payload, _retained: None,
) -> AsyncIterator[MqttClient]:
    client = MqttClient(
        client_id=_client_id(),
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


def _client_id() -> str:
    return f"doorctl-check-{secrets.token_hex(6)}"
