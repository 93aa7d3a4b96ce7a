"""Subscriptions that begin and end while a client runs, also over lost brokers."""

import pytest

from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from tests.mqtt.clients import SECONDS, Inbox, a_client, play, running


@pytest.fixture(params=[4, 5])
def version(request: pytest.FixtureRequest) -> int:
    assert isinstance(request.param, int)
    return request.param


def a_receiver(broker: LocalBroker, inbox: Inbox, version: int) -> MqttClient:
    return a_client(broker.address, "receiver", inbox, version=version, subscriptions=("always",))


def a_sender(broker: LocalBroker) -> MqttClient:
    return a_client(broker.address, "sender", Inbox(), subscriptions=(), session_seconds=0)


def test_a_subscription_begins_and_ends_on_a_living_connection(broker: LocalBroker, version: int) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_receiver(broker, inbox, version)) as receiver, running(a_sender(broker)):
            receiver.subscribe("more/+")
            receiver.publish("more/1", b"1")  # on the same connection: after the subscription
            await inbox.until(1)
            receiver.unsubscribe("more/+")
            receiver.publish("more/2", b"2")
            receiver.publish("always", b"3")
            await inbox.until(2)

        assert inbox.payloads == [b"1", b"3"]

    play(scenario())


def test_a_subscription_outlives_the_broker(broker: LocalBroker, version: int) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_receiver(broker, inbox, version)) as receiver:
            receiver.subscribe("more/+")
            broker.kill()
            broker.restart()  # it has forgotten everything
            await receiver.wait_connected(SECONDS)
            async with running(a_sender(broker)) as sender:
                while not receiver.publish("always", b"there?"):
                    await receiver.wait_connected(SECONDS)
                await inbox.until(1)
                sender.publish("more/1", b"1")
                await inbox.until(2)

        assert inbox.payloads == [b"there?", b"1"]

    play(scenario())


def test_a_subscription_that_ended_while_the_broker_was_away_is_ended_there(
    broker: LocalBroker, version: int
) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_receiver(broker, Inbox(), version)) as earlier:
            earlier.subscribe("more/+")
        later = a_receiver(broker, inbox, version)  # the broker remembers the session of the earlier one
        later.unsubscribe("more/+")
        async with running(later):
            later.publish("more/1", b"1")
            later.publish("always", b"2")
            await inbox.until(1)

        assert inbox.payloads == [b"2"]

    play(scenario())
