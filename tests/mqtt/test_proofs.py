"""Proofs about a broker: all hold on the one that we configure, and each hole is found."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.brokers import Broker
from doorctl.errors import Unreachable
from doorctl.mqtt.broker_config import ACL_FILE
from doorctl.mqtt.local_broker import HOST, BrokerKind, LocalBroker
from doorctl.mqtt.probes import Proof, Site
from doorctl.mqtt.proofs import Kind, Party, prove
from doorctl.wire.topics import Channel, topic
from tests.brokers import TlsBroker, a_broker, a_tls_mosquitto, tls_mosquitto
from tests.mqtt.clients import Inbox, a_client, running

ADMINS = ("ada", "grace")
CONTROL_SECONDS = 5.0
CONTROLLERS = ("pi-3", "pi-4")
CLAIMS = {
    "nobody is let in without TLS",
    "nobody is let in without a certificate",
    "nobody is let in with another authority's certificate",
    "controller pi-3 hears nothing that is another's",
    "controller pi-3 says nothing that is another's",
    "admin ada hears nothing that is another's",
    "admin ada says nothing that is another's",
}


def a_site(hub: Broker, *, version: int = 5, usual_ports: tuple[int, ...] = ()) -> Site:
    return Site(
        "hq", hub, version, CONTROLLERS, ADMINS, usual_ports, control_seconds=CONTROL_SECONDS, silence_seconds=0.05
    )


def proofs_about(tls: TlsBroker, *, version: int = 5) -> list[Proof]:
    site = a_site(tls.seen_by("hub"), version=version)
    parties = [Party(Kind.CONTROLLER, "pi-3", tls.seen_by("pi-3")), Party(Kind.ADMIN, "ada", tls.seen_by("ada"))]
    return asyncio.run(prove(site, parties))


def open_in(proofs: list[Proof]) -> dict[str, str]:
    assert {proof.claim for proof in proofs} == CLAIMS
    return {proof.claim: proof.seen for proof in proofs if not proof.holds}


@pytest.mark.parametrize("version", [4, 5])
def test_all_hold_on_the_broker_that_we_configure(tmp_path: Path, version: int) -> None:
    with tls_mosquitto("hq", tmp_path, admins=ADMINS) as tls:
        assert open_in(proofs_about(tls, version=version)) == {}


def test_all_hold_while_others_speak_and_much_is_kept(tmp_path: Path) -> None:
    async def keep(tls: TlsBroker) -> None:
        async with running(a_client(tls.seen_by("hub"), "hub", Inbox(), subscriptions=())) as hub:
            for address in a_site(tls.seen_by("hub")).addresses():
                hub.publish(topic("hq", address), b"kept", retain=True)

    with tls_mosquitto("hq", tmp_path, admins=ADMINS) as tls:
        asyncio.run(keep(tls))

        assert open_in(proofs_about(tls)) == {}


HOLES = {
    "another's answers": ("user pi-3\ntopic read doorctl/v1/hq/ctl/pi-4/down/answer\n", "controller pi-3 hears"),
    "another's orders by pattern": ("pattern read doorctl/v1/hq/ctl/+/down/do\n", "controller pi-3 hears"),
    "an admin's commands": ("user pi-3\ntopic read doorctl/v1/hq/admin/ada/cmd\n", "controller pi-3 hears"),
    "everything": ("user pi-3\ntopic read #\n", "controller pi-3 hears"),
    "what others say": ("pattern read doorctl/v1/hq/ctl/+/up/#\n", "controller pi-3 hears"),
    "another's voice": ("user pi-3\ntopic write doorctl/v1/hq/ctl/pi-4/up/ack\n", "controller pi-3 says"),
    "the hub's voice": ("user pi-3\ntopic write doorctl/v1/hq/delta\n", "controller pi-3 says"),
    "one's own answers": ("pattern write doorctl/v1/hq/ctl/%u/down/#\n", "controller pi-3 says"),
    "an admin's voice": ("user pi-3\ntopic write doorctl/v1/hq/admin/grace/cmd\n", "controller pi-3 says"),
    "another admin's results": ("user ada\ntopic read doorctl/v1/hq/admin/grace/rsp\n", "admin ada hears"),
    "another admin's voice": ("user ada\ntopic write doorctl/v1/hq/admin/grace/cmd\n", "admin ada says"),
    "trust by an admin": ("user ada\ntopic write doorctl/v1/hq/trust\n", "admin ada says"),
}


@pytest.mark.parametrize("hole", HOLES)
def test_one_hole_in_the_access_list_is_found(tmp_path: Path, hole: str) -> None:
    lines, claim = HOLES[hole]
    with tls_mosquitto("hq", tmp_path, admins=ADMINS, more_acl=f"\n{lines}") as tls:
        found = open_in(proofs_about(tls))

    assert f"{claim} nothing that is another's" in found
    assert all(seen.startswith(("hears doorctl/v1/hq/", "says doorctl/v1/hq/")) for seen in found.values())


def test_an_admin_that_the_access_list_does_not_know_hears_too_much(tmp_path: Path) -> None:
    with tls_mosquitto("hq", tmp_path, admins=["grace"]) as tls:
        assert set(open_in(proofs_about(tls))) == {"admin ada hears nothing that is another's"}


def test_anonymous_access_is_found(tmp_path: Path) -> None:
    asked = "require_certificate true\nuse_identity_as_username true\nallow_anonymous false"
    with tls_mosquitto("hq", tmp_path, edit_conf=(asked, "require_certificate false\nallow_anonymous true")) as tls:
        site = a_site(tls.seen_by("hub"))
        found = {proof.claim for proof in asyncio.run(prove(site, [])) if not proof.holds}

    assert found == {
        "nobody is let in without a certificate",
        "nobody is let in with another authority's certificate",
    }


def test_a_listener_in_the_open_is_found(tmp_path: Path, wide_open: Broker) -> None:
    with tls_mosquitto("hq", tmp_path, admins=ADMINS) as tls:
        site = a_site(tls.seen_by("hub"), usual_ports=(wide_open.port,))
        (found, *others) = asyncio.run(prove(site, []))

    assert (found.holds, found.seen) == (False, f"{wide_open} lets anybody in")
    assert all(proof.holds for proof in others)


@pytest.mark.parametrize("protocol", ["mqtt", "websockets"])
def test_a_listener_beside_ours_in_the_same_broker_is_found(tmp_path: Path, protocol: str) -> None:
    with _one_more_listener(tmp_path, protocol) as (tls, beside):
        site = replace(a_site(tls.seen_by("hub"), usual_ports=(beside.port,)), is_shared=True)
        (found, *others) = asyncio.run(prove(site, []))

    way = str(beside) if protocol == "mqtt" else f"{beside} (websockets)"
    assert (found.holds, found.seen) == (False, f"{way} lets anybody in and has this site's topics")
    assert all(proof.holds for proof in others)


def test_a_listener_beside_ours_that_believes_who_says_hub_is_found(tmp_path: Path) -> None:
    with _one_more_listener(tmp_path, acl="user hub\ntopic readwrite #\n") as (tls, beside):
        site = replace(a_site(tls.seen_by("hub"), usual_ports=(beside.port,)), is_shared=True)
        (found, *_) = asyncio.run(prove(site, []))

    seen = f"{beside} lets whoever says the user name 'hub' in and has this site's topics"
    assert (found.holds, found.seen) == (False, seen)


@contextmanager
def _one_more_listener(folder: Path, protocol: str = "mqtt", *, acl: str = "") -> Iterator[tuple[TlsBroker, Broker]]:
    beside = Broker(HOST, LocalBroker(folder).port)
    more = f"\nallow_anonymous true\nlistener {beside.port} {HOST}\nprotocol {protocol}\n"
    tls = a_tls_mosquitto("hq", folder, admins=ADMINS, more_conf=more)
    if acl:
        (folder / ACL_FILE).write_text(acl)
    tls.broker.start()
    try:
        yield tls, beside
    finally:
        tls.broker.kill()


@pytest.mark.long
def test_what_is_another_brokers_on_the_same_machine_is_no_hole(tmp_path: Path, wide_open: Broker) -> None:
    with tls_mosquitto("hq", tmp_path, admins=ADMINS) as tls:
        site = replace(a_site(tls.seen_by("hub"), usual_ports=(wide_open.port,)), is_shared=True)

        assert all(proof.holds for proof in asyncio.run(prove(site, [])))


@pytest.fixture
def wide_open(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "open"
    folder.mkdir()
    with a_broker(folder, BrokerKind.MOSQUITTO) as broker:
        yield Broker(HOST, broker.port)


def test_nothing_holds_on_a_broker_that_is_open_to_all(wide_open: Broker) -> None:
    site = a_site(wide_open)
    parties = [Party(Kind.CONTROLLER, "pi-3", wide_open), Party(Kind.ADMIN, "ada", wide_open)]

    assert set(open_in(asyncio.run(prove(site, parties)))) == CLAIMS


def test_nothing_is_proven_where_a_party_hears_nothing_at_all(tmp_path: Path) -> None:
    with tls_mosquitto("hq", tmp_path, admins=ADMINS, more_acl="\nuser pi-3\ntopic deny doorctl/v1/hq/#\n") as tls:
        found = open_in(proofs_about(tls))

    assert set(found) == {
        "controller pi-3 hears nothing that is another's",
        "controller pi-3 says nothing that is another's",
    }
    assert all(seen.startswith("nothing is proven") for seen in found.values())


def test_a_broker_that_does_not_answer_proves_nothing() -> None:
    with pytest.raises(Unreachable):
        asyncio.run(prove(a_site(Broker(HOST, 1)), []))


def test_every_channel_is_probed() -> None:
    addresses = a_site(Broker(HOST, 1)).addresses()

    assert {address.channel for address in addresses} == set(Channel)
    assert {address.name for address in addresses if address.channel is Channel.ASK} > set(CONTROLLERS)
