"""Proofs about a running broker: who is kept out, and that nobody hears or says what is another's.

A broker grants a forbidden subscription and stays silent, and takes a forbidden message and drops it. So nothing is
believed: a probe is sent, and looked for. Each proof has a control, the same way on a topic that is open; when that
one does not arrive, nothing is proven. A probe is no note, so whoever hears one counts a refusal and goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from doorctl.brokers import Broker, Tls
from doorctl.keys.certificates import TLS_CERTIFICATE, TLS_KEY, make_client_files, new_authority
from doorctl.mqtt.probes import Heard, Proof, Site, connected, lets_in, new_probe, publish, try_once
from doorctl.mqtt.strangers import nobody_comes_in_the_open, nobody_is_anonymous
from doorctl.wire.topics import FROM_CONTROLLERS, HUB_NAME, TO_CONTROLLERS, Address, Channel, topic, whole_site

_FOR_ADMINS = frozenset({Channel.TRUST, Channel.ALERT})


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
            return address.channel in _FOR_ADMINS or address == Address(Channel.RESPONSE, self.name)
        return address.channel in TO_CONTROLLERS and (_is_for_all(address) or address.name == self.name)

    def may_say(self, address: Address) -> bool:
        """Tell whether they publish there."""
        theirs = FROM_CONTROLLERS if self.kind is Kind.CONTROLLER else (Channel.COMMAND,)
        return address.channel in theirs and address.name == self.name


async def prove(site: Site, parties: Sequence[Party]) -> list[Proof]:
    """Prove what can be proven about one broker. Raises Unreachable when even the hub is not let in."""
    await try_once(site, site.hub)
    proofs = [await nobody_comes_in_the_open(site), await nobody_is_anonymous(site), await _no_other_ca(site)]
    for party in parties:
        proofs += [await _hears_nothing_foreign(site, party), await _says_nothing_foreign(site, party)]
    return proofs


async def _no_other_ca(site: Site) -> Proof:
    with TemporaryDirectory(prefix="doorctl-check-") as name:
        folder, now = Path(name), datetime.now(UTC)
        make_client_files(new_authority(folder / "ca", site=site.name, at=now), HUB_NAME, folder / "hub", at=now)
        files = (
            Tls(site.hub.tls.ca, folder / "hub" / TLS_CERTIFICATE, folder / "hub" / TLS_KEY) if site.hub.tls else None
        )
        is_in = await lets_in(site, site.hub._replace(tls=files))
    seen = "a certificate that anybody can make opens it" if is_in else "refused"
    return Proof("nobody is let in with another authority's certificate", not is_in, seen)


async def _hears_nothing_foreign(site: Site, party: Party) -> Proof:
    """Subscribe to everything as the party, let the hub speak everywhere, and see what comes."""
    addresses, heard = site.addresses(), Heard(site)
    everything = ("#", whole_site(site.name), *(topic(site.name, each) for each in addresses))
    async with (
        connected(site, party.broker, subscriptions=everything, on_message=heard),
        connected(site, site.hub) as hub,
    ):
        await publish(hub, [topic(site.name, each) for each in addresses if not party.may_hear(each)])
        await publish(hub, [topic(site.name, each) for each in addresses if party.may_hear(each)])
        wanted = {each for each in addresses if party.may_hear(each)}
        await heard.until(wanted)
    missing = sorted(topic(site.name, each) for each in wanted - heard.addresses)
    foreign = sorted(each for each in heard.topics if not heard.is_allowed(each, party.may_hear))
    claim = f"{party.kind} {party.name} hears nothing that is another's"
    return _verdict(claim, foreign, missing, tried=len(addresses) - len(wanted), verb="hears")


async def _says_nothing_foreign(site: Site, party: Party) -> Proof:
    """Speak everywhere as the party, and see at the hub what comes."""
    addresses, probe = site.addresses(), new_probe()
    heard = Heard(site, only=probe)  # others speak meanwhile, and the broker has kept what they said
    async with (
        connected(site, site.hub, subscriptions=(whole_site(site.name),), on_message=heard),
        connected(site, party.broker) as client,
    ):
        await publish(client, [topic(site.name, each) for each in addresses if not party.may_say(each)], probe)
        await publish(client, [topic(site.name, each) for each in addresses if party.may_say(each)], probe)
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


def _is_for_all(address: Address) -> bool:
    return not address.name or address.channel is Channel.SNAPSHOT
