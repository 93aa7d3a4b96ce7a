"""The link carries: to the keeper first, to the broker only then; what it cannot carry it drops and counts."""

import asyncio
from pathlib import Path

import pytest

from doorctl.link.keeper_line import KeeperLine
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.places import RunSocket
from doorctl.wire.courier import (
    MAX_CARRIED_BYTES,
    Deliver,
    Handled,
    LinkConnected,
    LinkDisconnected,
    Publish,
)
from doorctl.wire.topics import Address, Channel, topic
from tests.keeper.site import CONTROLLER, SITE
from tests.link.keepers import ACK, DELTA, ORDER, STATE, AKeeper, a_hub, a_link, carrying
from tests.mqtt.clients import Inbox, a_client, play, running


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
    path = folder / RunSocket.KEEPER
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

        assert (delivery.payload, link.tally) == (b"next", {"too-large": 1})

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

        assert link.tally == {"not-published": 1}

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

        assert (delivery.payload, link.tally) == (b"next", {"retained-order": 1})

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
