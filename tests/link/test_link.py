"""The link carries: to the keeper first, to the broker only then; what it cannot carry it drops and counts."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from doorctl.config import CONTROLLER_TABLES, LinkConfig, brokers_of, read_config
from doorctl.link.keeper_line import KeeperLine
from doorctl.link.process import SOCKET_NAME, Link
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.wire.courier import (
    MAX_CARRIED_BYTES,
    MAX_PACKET_BYTES,
    Collect,
    Deliver,
    FromKeeper,
    FromLink,
    Handled,
    LinkConnected,
    LinkDisconnected,
    Publish,
    decode_from_link,
    encode,
)
from doorctl.wire.topics import Address, Channel, topic
from tests.brokers import a_broker
from tests.keeper.processes import a_config, short_folder
from tests.keeper.site import CONTROLLER, SITE, ASite
from tests.mqtt.clients import SECONDS, Inbox, a_client, drop_dead, play, running

DELTA = topic(SITE, Address(Channel.DELTA))
ACK = topic(SITE, Address(Channel.ACK, CONTROLLER))
STATE = topic(SITE, Address(Channel.STATE, CONTROLLER))
ORDER = topic(SITE, Address(Channel.ORDER, CONTROLLER))
SNAPSHOT, OTHER = "5" * 32, "6" * 32


def chunk_topic(number: int, snapshot: str = SNAPSHOT) -> str:
    return topic(SITE, Address(Channel.SNAPSHOT, snapshot, number))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalBroker]:
    with a_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


class AKeeper:
    """The keeper's end of the socket, driven by hand."""

    def __init__(self, folder: Path) -> None:
        path = folder / "run" / SOCKET_NAME
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        self._listener.listen()
        self._link: socket.socket | None = None

    async def hear(self) -> FromLink:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SECONDS):
            if self._link is None:
                self._link, _ = await loop.sock_accept(self._listener)
            return decode_from_link(await loop.sock_recv(self._link, MAX_PACKET_BYTES + 1))

    async def hear_delivery(self) -> Deliver:
        while not isinstance(packet := await self.hear(), Deliver):
            pass
        return packet

    async def say(self, packet: FromKeeper) -> None:
        assert self._link is not None
        await asyncio.get_running_loop().sock_sendall(self._link, encode(packet))

    def die(self) -> None:
        self._listener.close()
        if self._link is not None:
            self._link.close()
            self._link = None

    async def until_connected(self) -> None:
        while await self.hear() != LinkConnected():
            pass

    async def take(self) -> Deliver:
        """Hear the next delivery and say that it is handled."""
        delivery = await self.hear_delivery()
        await self.say(Handled(delivery.token))
        return delivery


def a_link(folder: Path, broker: LocalBroker, version: int = 5) -> Link:
    config = a_config(folder, ASite(), port=broker.port, version=version)
    table = read_config(config, LinkConfig, others=CONTROLLER_TABLES)
    return Link(table, brokers=brokers_of(table.link, config), runtime_dir=folder / "run")


@asynccontextmanager
async def carrying(link: Link) -> AsyncIterator[Link]:
    task = asyncio.create_task(link.run())
    try:
        yield link
        link.stop()
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


def a_hub(broker: LocalBroker, inbox: Inbox | None = None) -> MqttClient:
    subscriptions = (topic(SITE, Address(Channel.STATE, "+")), ACK)
    return a_client(broker.address, "hub", inbox or Inbox(), version=5, subscriptions=subscriptions)


@pytest.mark.parametrize("version", [4, 5])
def test_a_message_comes_again_until_a_keeper_has_handled_it(folder: Path, broker: LocalBroker, version: int) -> None:
    async def scenario() -> None:
        async with running(a_hub(broker)) as hub:
            keeper = AKeeper(folder)
            async with carrying(a_link(folder, broker, version)):
                await keeper.until_connected()
                hub.publish(DELTA, b"note")
                first = await keeper.hear_delivery()
                keeper.die()
                keeper = AKeeper(folder)
                second = await keeper.take()
                hub.publish(DELTA, b"next")
                third = await keeper.take()
            keeper.die()

        assert [first.payload, second.payload, third.payload] == [b"note", b"note", b"next"]

    play(scenario())


def test_a_keeper_that_is_away_is_told_the_first_second_and_fourth_time(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    no_pauses = [-1.0] * 6  # and no seventh: then the line ends
    path = folder / SOCKET_NAME
    line = KeeperLine(path, on_publish=print, on_collect=print, chance=no_pauses.pop)

    with pytest.raises(IndexError):
        asyncio.run(line.run())

    told = f'<4>event=keeper_unreachable socket={path} why="No such file or directory" count='
    assert capfd.readouterr().err.splitlines() == [f"{told}{count}" for count in (1, 2, 4)]


def test_a_word_about_another_delivery_does_not_end_this_one(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper = AKeeper(folder)
        async with running(a_hub(broker)) as hub, carrying(a_link(folder, broker)):
            while await keeper.hear() != LinkConnected():
                pass
            hub.publish(DELTA, b"note")
            first = await keeper.hear_delivery()
            hub.publish(DELTA, b"next")
            await keeper.say(Handled(first.token + 7))
            keeper.die()
            keeper = AKeeper(folder)
            second = await keeper.hear_delivery()
        keeper.die()

        assert (first.payload, second.payload) == (b"note", b"note")

    play(scenario())


def test_what_the_keeper_publishes_reaches_the_broker(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox, keeper = Inbox(), AKeeper(folder)
        async with running(a_hub(broker, inbox)), carrying(a_link(folder, broker)):
            while await keeper.hear() != LinkConnected():
                pass
            await inbox.until(1)
            await keeper.say(Publish(Channel.ACK, b"ack"))
            await inbox.until(2)
        keeper.die()

        assert [topic for topic, _, _ in inbox.messages[:2]] == [STATE, ACK]
        assert inbox.payloads[1] == b"ack"

    play(scenario())


def test_a_link_that_stops_says_that_it_is_offline(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub(broker, inbox)):
            async with carrying(a_link(folder, broker)):
                await inbox.until(1)
            await inbox.until(2)

        online, offline = (json.loads(payload) for payload in inbox.payloads)
        assert (online["link"], offline["link"], online["session"]) == ("online", "offline", offline["session"])

    play(scenario())


def test_the_keeper_hears_when_the_broker_is_lost_and_back(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper, heard = AKeeper(folder), []
        async with carrying(a_link(folder, broker)):
            while await keeper.hear() != LinkConnected():
                pass
            broker.kill()
            heard.append(await keeper.hear())
            broker.restart()
            heard.append(await keeper.hear())
        keeper.die()

        assert heard == [LinkDisconnected(), LinkConnected()]

    play(scenario())


def test_what_is_too_large_for_the_keeper_is_dropped_and_counted(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper = AKeeper(folder)
        async with running(a_hub(broker)) as hub, carrying(a_link(folder, broker)) as link:
            while await keeper.hear() != LinkConnected():
                pass
            hub.publish(DELTA, bytes(MAX_CARRIED_BYTES + 1))
            hub.publish(DELTA, b"next")
            delivery = await keeper.hear_delivery()
            await keeper.say(Handled(delivery.token))
        keeper.die()

        assert (delivery.payload, link.counters) == (b"next", {"too-large": 1})

    play(scenario())


def test_what_the_keeper_publishes_without_a_broker_is_dropped_and_counted(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper = AKeeper(folder)
        broker.kill()
        async with carrying(a_link(folder, broker)) as link:
            assert await keeper.hear() == LinkDisconnected()
            await keeper.say(Publish(Channel.ACK, b"ack"))
            broker.restart()
            assert await keeper.hear() == LinkConnected()
        keeper.die()

        assert link.counters == {"not-published": 1}

    play(scenario())


@pytest.mark.parametrize("channel", [Channel.RECALL, Channel.ORDER, Channel.DELTA, Channel.ANSWER])
def test_what_is_for_controllers_reaches_the_keeper(folder: Path, broker: LocalBroker, channel: Channel) -> None:
    async def scenario() -> None:
        keeper = AKeeper(folder)
        async with running(a_hub(broker)) as hub, carrying(a_link(folder, broker)):
            await keeper.until_connected()
            hub.publish(topic(SITE, Address(channel, CONTROLLER)), b"note")
            delivery = await keeper.take()
        keeper.die()

        assert (delivery.channel, delivery.payload) == (channel, b"note")

    play(scenario())


@pytest.mark.parametrize("channel", [Channel.NOTES, Channel.CARRIED])
def test_what_is_from_the_keeper_reaches_the_broker(folder: Path, broker: LocalBroker, channel: Channel) -> None:
    async def scenario() -> None:
        inbox, keeper = Inbox(), AKeeper(folder)
        published = topic(SITE, Address(channel, CONTROLLER))
        hub = a_client(broker.address, "hub", inbox, version=5, subscriptions=(published,))
        async with running(hub), carrying(a_link(folder, broker)):
            await keeper.until_connected()
            await keeper.say(Publish(channel, b"note"))
            await inbox.until(1)
        keeper.die()

        assert inbox.messages == [(published, b"note", False)]

    play(scenario())


def test_an_order_that_the_broker_has_kept_is_never_delivered(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper = AKeeper(folder)
        async with running(a_hub(broker)) as hub:
            hub.publish(ORDER, b"open", retain=True)
            async with carrying(a_link(folder, broker)) as link:
                await keeper.until_connected()
                hub.publish(DELTA, b"next")
                delivery = await keeper.take()
        keeper.die()

        assert (delivery.payload, link.counters) == (b"next", {"retained-order": 1})

    play(scenario())


def test_an_order_is_delivered_before_what_waits(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper, seen = AKeeper(folder), Inbox()
        watcher = a_client(broker.address, "watcher", seen, subscriptions=(DELTA, ORDER))
        async with running(a_hub(broker)) as hub, running(watcher), carrying(a_link(folder, broker)):
            await keeper.until_connected()
            for _ in range(5):
                hub.publish(DELTA, b"note")
            first = await keeper.hear_delivery()
            hub.publish(ORDER, b"open")
            await seen.until(6)
            await keeper.say(Handled(first.token))
            second = await keeper.take()
            for _ in range(4):
                await keeper.take()
        keeper.die()

        assert (first.channel, second.channel) == (Channel.DELTA, Channel.ORDER)

    play(scenario())


@pytest.mark.parametrize("version", [4, 5])
def test_chunks_come_while_their_snapshot_is_collected_and_no_longer(
    folder: Path, broker: LocalBroker, version: int
) -> None:
    async def scenario() -> None:
        keeper, inbox, heard = AKeeper(folder), Inbox(), []
        async with running(a_hub(broker, inbox)) as hub, carrying(a_link(folder, broker, version)) as link:
            await keeper.until_connected()
            for wanted in (SNAPSHOT, OTHER, None):
                await keeper.say(Collect(wanted))
                await keeper.say(Publish(Channel.ACK, b"said"))
                await inbox.until_payload(b"said")  # by then the broker knows what the link wants
                for published in (chunk_topic(0), chunk_topic(0, OTHER), DELTA):
                    hub.publish(published, published.encode())
                heard.append([(await keeper.take()).payload.decode() for _ in range(1 if wanted is None else 2)])
        keeper.die()

        assert heard == [[chunk_topic(0), DELTA], [chunk_topic(0, OTHER), DELTA], [DELTA]]
        assert link.counters == {}  # not even the broker brings what nobody collects

    play(scenario())


def test_a_snapshot_is_collected_on_after_the_broker_was_lost(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper, inbox = AKeeper(folder), Inbox()
        async with running(a_hub(broker, inbox)) as hub, carrying(a_link(folder, broker)):
            await keeper.until_connected()
            await keeper.say(Collect(SNAPSHOT))
            broker.kill()
            broker.restart()
            await keeper.until_connected()
            await hub.wait_connected(SECONDS)
            while not hub.publish(chunk_topic(0), b"chunk"):
                await hub.wait_connected(SECONDS)
            delivery = await keeper.take()
        keeper.die()

        assert (delivery.channel, delivery.payload) == (Channel.SNAPSHOT, b"chunk")

    play(scenario())


def test_a_link_inherits_nothing_of_one_that_died_while_it_collected(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper, inbox = AKeeper(folder), Inbox()
        async with running(a_hub(broker, inbox)) as hub:
            async with carrying(a_link(folder, broker)):
                await keeper.until_connected()
                await keeper.say(Collect(SNAPSHOT))
                await keeper.say(Publish(Channel.ACK, b"said"))
                await inbox.until_payload(b"said")
            keeper.die()
            keeper = AKeeper(folder)
            async with carrying(a_link(folder, broker)) as link:
                await keeper.until_connected()
                hub.publish(chunk_topic(1), b"nobody's")
                hub.publish(DELTA, b"note")
                heard = await keeper.take()
        keeper.die()

        assert (heard.payload, link.counters) == (b"note", {})

    play(scenario())


def test_nobody_throws_a_link_off_by_taking_its_name_at_the_broker(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        keeper = AKeeper(folder)
        async with carrying(a_link(folder, broker)), running(a_hub(broker)) as hub:
            await keeper.until_connected()
            async with running(a_client(broker.address, f"link-{SITE}-{CONTROLLER}", Inbox(), version=5)):
                hub.publish(DELTA, b"note")
                heard = await keeper.hear()
            assert isinstance(heard, Deliver)
            await keeper.say(Handled(heard.token))
        keeper.die()

    play(scenario())


def test_each_connection_has_a_session_of_its_own(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub(broker, inbox)) as hub, carrying(a_link(folder, broker)):
            await inbox.until(1)
            broker.kill()
            broker.restart()
            await hub.wait_connected(SECONDS)
            await inbox.until(2)

        first, second = (json.loads(payload)["session"] for payload in inbox.payloads[:2])
        assert first != second

    play(scenario())


def test_the_will_is_that_of_its_connection(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub(broker, inbox)):
            task = asyncio.create_task(a_link(folder, broker).run())
            await inbox.until(1)
            await drop_dead(task)
            await inbox.until(2)

        online, offline = (json.loads(payload) for payload in inbox.payloads)
        assert offline == {"link": "offline", "session": online["session"]}

    play(scenario())
