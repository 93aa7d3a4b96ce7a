"""``doorctl trace`` on a real broker with TLS: what has been kept there comes at once, by what one may hear."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.keys.identity import hub_key_name, load_identity
from doorctl.wire.messages import Head, to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Address, Channel, topic
from tests.brokers import TlsBroker, tls_mosquitto
from tests.cli.sites import ASite, a_site, run
from tests.mqtt.clients import Inbox, a_client, running

HASH = "5e" * 32


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[TlsBroker]:
    with tls_mosquitto("hq", tmp_path / "broker", admins=["admin"]) as broker:
        yield broker


@pytest.fixture
def site(tmp_path: Path, tls: TlsBroker) -> ASite:
    site = a_site(tmp_path / "hq")
    for path, name in ((site.folder / "hub" / "hub.toml", "hub"), (site.admin_toml, "admin")):
        head, table, _ = path.read_text().partition("[mqtt]\n")
        path.write_text(head + table + tls.lines(name))
    asyncio.run(keep_notes(site, tls))
    return site


async def keep_notes(site: ASite, tls: TlsBroker) -> None:
    hub = load_identity(site.folder / "hub" / "state" / "keys", hub_key_name("hq"))
    head = sign_text(to_text(Head("hq", 1, 7, HASH, HASH, 0)), hub.signer)
    async with running(a_client(tls.seen_by("hub"), "hub", Inbox(), subscriptions=())) as client:
        client.publish(topic("hq", Address(Channel.TRUST)), site.trust_note.read_bytes(), retain=True)
        client.publish(topic("hq", Address(Channel.HEAD)), head, retain=True)


def test_the_hub_sees_every_note(site: ASite) -> None:
    result = run("trace", "--config", str(site.folder / "hub" / "hub.toml"), "--seconds", "3", "--json")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0, result.output
    assert sorted((note["kind"], note["verdict"], note["retained"]) for note in found) == [
        ("head", "ok", True),
        ("trust", "ok", True),
    ]


def test_an_admin_sees_what_the_broker_lets_through(site: ASite) -> None:
    result = run("trace", "--config", str(site.admin_toml), "--seconds", "3")

    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert "doorctl/v1/hq/trust trust ok by=root version=1" in line


def test_a_controller_has_nothing_to_trace_with(site: ASite) -> None:
    assert run("trace", "--config", str(site.controller_toml), "--seconds", "3").exit_code == 2
