"""A link carries the chunks of the snapshot that its keeper collects, and of no other."""

from pathlib import Path

import pytest

from doorctl.mqtt.local_broker import LocalBroker
from doorctl.wire.courier import (
    Collect,
    Publish,
)
from doorctl.wire.topics import Address, Channel, topic
from tests.keeper.site import SITE
from tests.link.keepers import DELTA, AKeeper, a_hub, a_link, carrying
from tests.mqtt.clients import SECONDS, Inbox, play, running

SNAPSHOT, OTHER = "5" * 32, "6" * 32


def chunk_topic(number: int, snapshot: str = SNAPSHOT) -> str:
    return topic(SITE, Address(Channel.SNAPSHOT, snapshot, number))


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
        assert link.tally == {}  # not even the broker brings what nobody collects

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

        assert (heard.payload, link.tally) == (b"note", {})

    play(scenario())
