"""Link and keeper as processes over a real broker: a hub's notes come in, acknowledgements and records go out."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from doorctl.database import open_reader
from doorctl.keeper.join import load_keeper
from doorctl.keys.identity import ack_key_name
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.policy.apply import position_of
from doorctl.wire.messages import Ack, Ask, LogBatch, Message, from_text
from doorctl.wire.notes import Verifier, detach, open_note
from doorctl.wire.topics import FROM_CONTROLLERS, Address, Channel, everyones, parse, topic
from tests.brokers import a_broker
from tests.keeper.logs import write
from tests.keeper.processes import AProcess, a_config, short_folder
from tests.keeper.site import CONTROLLER, SITE, ASite
from tests.mqtt.clients import Inbox, a_client, play, running


@dataclass(frozen=True, slots=True)
class Rig:
    """A broker, and one controller's keeper and link as processes."""

    folder: Path
    site: ASite
    broker: LocalBroker
    keeper: AProcess
    link: AProcess

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    def hub(self, inbox: Inbox) -> MqttClient:
        subscriptions = tuple(everyones(SITE, channel) for channel in FROM_CONTROLLERS)
        return a_client(self.broker.address, "hub", inbox, version=5, subscriptions=subscriptions)

    def read(self, payload: bytes, message_type: type[Message]) -> Message:
        verifier = Verifier(ack_key_name(CONTROLLER), load_keeper(self.state_dir, CONTROLLER).sign_public)
        return from_text(open_note(detach(payload)[0], [verifier]).text, message_type, site=SITE)

    def revision(self) -> int:
        with closing(open_reader(self.state_dir / "policy.db")) as policy:
            return position_of(policy).revision


@pytest.fixture(params=[5, 4], ids=["v5", "v4"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    site = ASite(revisions=3)
    with short_folder() as folder, a_broker(folder) as broker:
        config = a_config(folder, site, port=broker.port, version=request.param)
        with AProcess("keeper", config) as keeper, AProcess("link", config) as link:
            yield Rig(folder, site, broker, keeper, link)


async def first(inbox: Inbox, channel: Channel) -> bytes:
    """Wait for the next message on a channel of the controller; what came before it is let go."""
    while True:
        await inbox.until(1)
        received, payload, _ = inbox.messages.pop(0)
        if parse(SITE, received).channel is channel:
            return payload


def publish(hub: MqttClient, channel: Channel, payload: bytes) -> None:
    assert hub.publish(topic(SITE, Address(channel, CONTROLLER)), payload)


def test_notes_come_in_and_acknowledgements_go_out(rig: Rig) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(rig.hub(inbox)) as hub:
            ask = rig.read(await first(inbox, Channel.ASK), Ask)
            assert isinstance(ask, Ask)
            publish(hub, Channel.TRUST, rig.site.trust([rig.state_dir]).note)
            publish(hub, Channel.DELTA, rig.site.delta(1, 3))
            ack = await an_ack(rig, inbox)

        assert (ack.revision, ack.digest, rig.revision()) == (3, rig.site.digests[3], 3)

    play(scenario())


def test_records_go_out_when_the_broker_is_back(rig: Rig) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(rig.hub(inbox)) as hub:
            await first(inbox, Channel.ASK)
            publish(hub, Channel.TRUST, rig.site.trust([rig.state_dir]).note)
            publish(hub, Channel.DELTA, rig.site.delta(1))
            await first(inbox, Channel.ACK)
            rig.broker.kill()
            write(rig.state_dir, 2)
            rig.broker.restart()
            batch = rig.read(await first(inbox, Channel.LOG), LogBatch)

        assert isinstance(batch, LogBatch)
        assert (batch.first, len(batch.leaves)) == (0, 3)

    play(scenario())


def test_a_delta_sent_while_the_keeper_is_dead_is_applied_when_it_is_back(rig: Rig) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(rig.hub(inbox)) as hub:
            await first(inbox, Channel.ASK)
            publish(hub, Channel.TRUST, rig.site.trust([rig.state_dir]).note)
            publish(hub, Channel.DELTA, rig.site.delta(1))
            await first(inbox, Channel.ACK)
            rig.keeper.kill()
            publish(hub, Channel.DELTA, rig.site.delta(2, 3))
            rig.keeper.start()
            while (await an_ack(rig, inbox)).revision != 3:
                pass

        assert rig.revision() == 3

    play(scenario())


async def an_ack(rig: Rig, inbox: Inbox) -> Ack:
    ack = rig.read(await first(inbox, Channel.ACK), Ack)
    assert isinstance(ack, Ack)
    return ack


def test_both_stop_in_good_order(rig: Rig) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(rig.hub(inbox)):
            await first(inbox, Channel.ASK)
            codes = [await asyncio.to_thread(process.stop) for process in (rig.link, rig.keeper)]
            await first(inbox, Channel.STATE)

        assert codes == [0, 0]

    play(scenario())
