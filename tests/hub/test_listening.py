"""Before a hub speaks at a broker it hears the trust and the head kept there, even if commands wait already."""

import asyncio
import signal

from msgspec.structs import replace

from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.trust.verify import sign_trust
from doorctl.wire.commands import GroupAdd
from doorctl.wire.messages import Head, to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Address, Channel, topic
from tests.hub.builders import SITE, an_identity, now
from tests.hub.hub_on_disk import AHubOnDisk, a_process, converse, responses_in


def test_a_hub_from_an_old_backup_knows_so_before_its_first_command(
    on_disk: AHubOnDisk,
    broker: LocalBroker,
) -> None:
    on_disk.write_config(port=broker.port)
    kept = Head(SITE, epoch=1, revision=9, chain="1" * 64, digest="1" * 64, at=1)
    head = sign_text(to_text(kept), on_disk.hub_identity.signer)
    command = on_disk.a_command(GroupAdd("staff"), at=now())

    def say(client: MqttClient) -> None:
        client.publish(topic(SITE, Address(Channel.COMMAND, "grace")), command)

    async def act() -> list[tuple[str, bytes]]:
        await _publish_kept(broker, head)
        with a_process(on_disk):
            return await converse(broker, say, until=lambda heard: bool(responses_in(on_disk, heard)))

    heard = asyncio.run(act())

    assert {response.reason for response in responses_in(on_disk, heard)} == {"hub-behind"}
    heads = [payload for received, payload in heard if received == topic(SITE, Address(Channel.HEAD))]
    assert set(heads) == {head}


def test_a_hub_from_an_old_backup_takes_newer_trust_before_it_speaks(
    on_disk: AHubOnDisk, broker: LocalBroker
) -> None:
    on_disk.write_config(port=broker.port)
    trust = on_disk.trust(version=2)
    newer = sign_trust(replace(trust.trust, admins=(on_disk.grace.keys,)), on_disk.root)
    of_alan = on_disk.a_command(GroupAdd("staff"), admin=on_disk.alan, at=now())
    of_grace = on_disk.a_command(GroupAdd("guests"), at=now())

    def say(client: MqttClient) -> None:
        client.publish(topic(SITE, Address(Channel.COMMAND, "alan")), of_alan)
        client.publish(topic(SITE, Address(Channel.COMMAND, "grace")), of_grace)

    async def act() -> list[tuple[str, bytes]]:
        await _publish_kept(broker, newer.note, Channel.TRUST)
        with a_process(on_disk):
            return await converse(broker, say, until=lambda heard: bool(responses_in(on_disk, heard)))

    heard = asyncio.run(act())

    told = {payload for received, payload in heard if received == topic(SITE, Address(Channel.TRUST))}
    assert told == {newer.note}
    assert (on_disk.state_dir / "trust.note").read_bytes() == newer.note
    assert topic(SITE, Address(Channel.RESPONSE, "alan")) not in {received for received, _ in heard}


def test_trust_of_another_hub_that_a_broker_has_kept_is_neither_taken_nor_replaced(
    on_disk: AHubOnDisk, broker: LocalBroker
) -> None:
    on_disk.write_config(port=broker.port)
    mine, on_disk.hub_identity = on_disk.hub_identity, an_identity("hub.hq")
    newer, on_disk.hub_identity = on_disk.trust(version=2), mine
    command = on_disk.a_command(GroupAdd("staff"), at=now())

    def say(client: MqttClient) -> None:
        client.publish(topic(SITE, Address(Channel.COMMAND, "grace")), command)

    async def act() -> list[tuple[str, bytes]]:
        await _publish_kept(broker, newer.note, Channel.TRUST)
        with a_process(on_disk):
            return await converse(broker, say, until=lambda heard: bool(responses_in(on_disk, heard)))

    heard = asyncio.run(act())

    assert {payload for received, payload in heard if received == topic(SITE, Address(Channel.TRUST))} == {newer.note}
    assert [response.reason for response in responses_in(on_disk, heard)] == ["trust-behind"]


def test_a_hub_obeys_nobody_while_a_broker_that_may_know_more_was_not_heard(
    on_disk: AHubOnDisk, broker: LocalBroker
) -> None:
    on_disk.write_config(port=broker.port)
    and_one_that_is_away(on_disk, broker)
    command = on_disk.a_command(GroupAdd("staff"), at=now())
    said: list[int] = []

    def say(client: MqttClient) -> None:
        client.publish(topic(SITE, Address(Channel.COMMAND, "grace")), command)
        said.append(1)

    async def act() -> list[tuple[str, bytes]]:
        with a_process(on_disk):
            return await converse(broker, say, until=lambda _: len(said) > 2)

    assert responses_in(on_disk, asyncio.run(act())) == []


def test_what_a_broker_that_is_away_does_not_get_is_told(on_disk: AHubOnDisk, broker: LocalBroker) -> None:
    on_disk.write_config(port=broker.port)
    and_one_that_is_away(on_disk, broker)
    kept = Head(SITE, epoch=1, revision=9, chain="1" * 64, digest="1" * 64, at=1)
    head = sign_text(to_text(kept), on_disk.hub_identity.signer)

    def is_recalling(heard: list[tuple[str, bytes]]) -> bool:
        return topic(SITE, Address(Channel.RECALL)) in {received for received, _ in heard}

    async def act() -> str:
        await _publish_kept(broker, head)
        with a_process(on_disk) as process:
            await converse(broker, lambda _: None, until=is_recalling)
            process.send_signal(signal.SIGTERM)
            return process.communicate(timeout=60)[1]

    assert "<4>event=dropped channel=recall count=1\n" in asyncio.run(act())


def and_one_that_is_away(on_disk: AHubOnDisk, broker: LocalBroker) -> None:
    """Let the hub have two brokers, and one of them not be there."""
    one = f"mqtt://127.0.0.1:{broker.port}"
    on_disk.config.write_text(on_disk.config.read_text().replace(one, f'{one}", "mqtt://127.0.0.1:1'))


async def _publish_kept(broker: LocalBroker, note: bytes, channel: Channel = Channel.HEAD) -> None:
    client = MqttClient(
        client_id="before", brokers=[broker.address], on_message=lambda *_: None, subscriptions=[], session_seconds=0
    )
    running = asyncio.create_task(client.run())
    await client.wait_connected(60)
    client.publish(topic(SITE, Address(channel)), note, retain=True)
    client.stop()
    await running
