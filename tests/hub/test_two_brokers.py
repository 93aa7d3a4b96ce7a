"""A hub as a process at two brokers: it speaks and listens at both, and goes on at the one that is left."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.wire.commands import GroupAdd
from doorctl.wire.topics import Address, Channel, topic
from tests.brokers import a_broker
from tests.hub.builders import SITE, now
from tests.hub.hub_on_disk import AHubOnDisk, a_process, converse, responses_in

COMMANDS, DELTAS = topic(SITE, Address(Channel.COMMAND, "grace")), topic(SITE, Address(Channel.DELTA))
Heard = list[tuple[str, bytes]]


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[tuple[LocalBroker, LocalBroker]]:
    """Two brokers."""
    with ExitStack() as stack:
        yield stack.enter_context(a_broker(tmp_path)), stack.enter_context(a_broker(tmp_path))


@pytest.fixture
def hub(on_disk: AHubOnDisk, brokers: tuple[LocalBroker, LocalBroker]) -> Iterator[AHubOnDisk]:
    """A hub that runs, and is told of both."""
    first, second = brokers
    on_disk.write_config(port=first.port, others=[second.port])
    with a_process(on_disk):
        yield on_disk


async def command(hub: AHubOnDisk, broker: LocalBroker, group: str) -> Heard:
    """Give a command at one broker until a change and its answer are heard there; return all that was heard."""
    payload = hub.a_command(GroupAdd(group), at=now())

    def say(client: MqttClient) -> None:
        client.publish(COMMANDS, payload)

    return await converse(broker, say, until=lambda heard: is_done(hub, heard, group))


def is_done(hub: AHubOnDisk, heard: Heard, group: str) -> bool:
    return bool(changes_to(group, heard)) and "accepted" in [each.verdict for each in responses_in(hub, heard)]


def changes_to(group: str, heard: Heard) -> set[bytes]:
    return {payload for received, payload in heard if received == DELTAS and f'"{group}"'.encode() in payload}


def test_a_command_at_the_second_is_answered_there_and_its_change_heard_at_both(
    hub: AHubOnDisk, brokers: tuple[LocalBroker, LocalBroker]
) -> None:
    async def scenario() -> tuple[Heard, Heard]:
        listens = asyncio.Event()
        listening = converse(
            brokers[0], lambda _: listens.set(), until=lambda heard: bool(changes_to("staff", heard))
        )
        first = asyncio.create_task(listening)
        await listens.wait()
        return await command(hub, brokers[1], "staff"), await first

    at_second, at_first = asyncio.run(scenario())

    assert len(changes_to("staff", at_second)) == 1
    assert changes_to("staff", at_first) == changes_to("staff", at_second)


@pytest.mark.parametrize("dead", [0, 1])
def test_when_one_broker_dies_the_hub_goes_on_at_the_other(
    hub: AHubOnDisk, brokers: tuple[LocalBroker, LocalBroker], dead: int
) -> None:
    async def scenario() -> Heard:
        await command(hub, brokers[dead], "before")
        brokers[dead].kill()
        return await command(hub, brokers[1 - dead], "after")

    assert is_done(hub, asyncio.run(scenario()), "after")
