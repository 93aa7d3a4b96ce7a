"""Two brokers over TLS: the hub is at both, a link at the first that answers; either may die."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from doorctl.config import CONTROLLER_TABLES, LinkConfig, read_config
from doorctl.keys.certificates import expires_at
from doorctl.link.process import Link
from doorctl.mqtt.client import MqttClient
from doorctl.wire.courier import Deliver, LinkConnected, LinkDisconnected
from tests.brokers import TlsBroker, a_tls_mosquitto
from tests.keeper.processes import a_config, short_folder
from tests.keeper.site import CONTROLLER, SITE, ASite
from tests.link.keepers import DELTA, STATE, AKeeper, carrying
from tests.mqtt.clients import SECONDS, Inbox, a_client, play, running


@dataclass(frozen=True, slots=True)
class Site:
    """Two brokers, a link that may use either, and its keeper's folder."""

    first: TlsBroker
    second: TlsBroker
    folder: Path

    def link(self) -> Link:
        brokers = [self.first.seen_by(CONTROLLER), self.second.seen_by(CONTROLLER)]
        config = read_config(a_config(self.folder, ASite()), LinkConfig, others=CONTROLLER_TABLES)
        return Link(config, brokers=brokers, runtime_dir=self.folder / "run")


@pytest.fixture
def site() -> Iterator[Site]:
    with short_folder() as folder, ExitStack() as stack:
        first = a_tls_mosquitto(SITE, folder / "first")
        second = a_tls_mosquitto(SITE, folder / "second", authority=first.authority)
        for tls in (first, second):
            stack.callback(tls.broker.kill)
            tls.broker.start()
        yield Site(first, second, folder)


def a_hub_at(tls: TlsBroker, inbox: Inbox) -> MqttClient:
    return a_client(tls.seen_by("hub"), "hub", inbox, version=5, subscriptions=(STATE,))


def test_a_link_goes_to_the_next_broker_and_back(site: Site) -> None:
    async def scenario() -> None:
        keeper, at_first, at_second, heard = AKeeper(site.folder), Inbox(), Inbox(), []
        async with (
            running(a_hub_at(site.first, at_first)) as hub_1,
            running(a_hub_at(site.second, at_second)) as hub_2,
            carrying(site.link()),
        ):
            await keeper.until_connected()
            hub_1.publish(DELTA, b"by the first")
            heard.append((await keeper.take()).payload)
            site.first.broker.kill()
            await keeper.until_connected()
            hub_2.publish(DELTA, b"by the second")
            heard.append((await keeper.take()).payload)
            site.first.broker.restart()
            site.second.broker.kill()
            await keeper.until_connected()
            await hub_1.wait_connected(SECONDS)
            hub_1.publish(DELTA, b"by the first again")
            heard.append((await keeper.take()).payload)
            site.second.broker.restart()
            await hub_2.wait_connected(SECONDS)
        keeper.die()

        assert heard == [b"by the first", b"by the second", b"by the first again"]

    play(scenario())


def test_a_link_stays_where_it_went(site: Site) -> None:
    async def scenario() -> None:
        keeper, inbox = AKeeper(site.folder), Inbox()
        site.first.broker.kill()
        async with running(a_hub_at(site.second, inbox)) as hub, carrying(site.link()):
            await keeper.until_connected()
            site.first.broker.restart()
            hub.publish(DELTA, b"note")
            heard = [await keeper.hear()]
        keeper.die()

        assert [type(packet) for packet in heard] == [Deliver]

    play(scenario())


def test_a_broker_that_lets_a_link_in_and_throws_it_out_does_not_keep_it_from_the_next(site: Site) -> None:
    async def thrower(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\x03\x00\x00\x00")
        subscribe = await reader.read(4000)
        writer.write(b"\x90\x04" + subscribe[2:4] + b"\x00\x01")
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(thrower, "127.0.0.1", 0)
        bad = server.sockets[0].getsockname()
        inbox, thrown_out = Inbox(), list[bool]()
        client = MqttClient(
            client_id="choosy",
            brokers=[bad, site.second.seen_by(CONTROLLER)],
            on_message=inbox,
            subscriptions=[DELTA],
            on_disconnected=lambda: thrown_out.append(True),
            chance=lambda: 0.1,
        )
        async with running(a_hub_at(site.second, Inbox())) as hub:
            hub.publish(DELTA, b"kept", retain=True)
            async with running(client):
                await inbox.until(1)
        server.close()

        assert (inbox.payloads, len(thrown_out)) == ([b"kept"], 1)

    play(scenario())


def test_the_state_tells_when_the_certificate_expires(site: Site) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub_at(site.first, inbox)), carrying(site.link()):
            await inbox.until(1)

        certificate = site.first.tls(CONTROLLER).certificate
        assert certificate is not None
        state = json.loads(inbox.payloads[0])
        assert (state["link"], state["certificate_expires"]) == ("online", int(expires_at(certificate).timestamp()))

    play(scenario())


def test_the_keeper_hears_of_each_change_of_broker(site: Site) -> None:
    async def scenario() -> None:
        keeper, heard = AKeeper(site.folder), []
        async with carrying(site.link()):
            await keeper.until_connected()
            site.first.broker.kill()
            heard = [await keeper.hear(), await keeper.hear()]
        keeper.die()

        assert heard == [LinkDisconnected(), LinkConnected()]

    play(scenario())
