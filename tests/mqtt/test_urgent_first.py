"""What is urgent goes first: among what waits to be sent, and among what waits to be handled."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from doorctl.mqtt.connection import WAITING
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.mqtt.urgent_first import UrgentFirst
from tests.mqtt.clients import Inbox, a_client, play, running


@given(st.lists(st.tuples(st.integers(), st.booleans())))
def test_the_urgent_come_first_and_each_kind_in_its_order(items: list[tuple[int, bool]]) -> None:
    queue: UrgentFirst[tuple[int, bool]] = UrgentFirst()
    for item in items:
        queue.put(item, urgent=item[1])

    assert [queue.take() for _ in items] == sorted(items, key=lambda item: not item[1])
    assert len(queue) == 0


def test_an_urgent_message_is_sent_before_what_waits(broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        receiver = a_client(broker.address, "receiver", inbox)
        async with (
            running(receiver),
            running(a_client(broker.address, "sender", Inbox(), subscriptions=())) as sender,
        ):
            for _ in range(500):
                sender.publish("t/bulk", b"")
            assert sender.publish("t/order", b"", urgent=True)
            await inbox.until(501)

        assert [topic for topic, _, _ in inbox.messages].index("t/order") < 50

    play(scenario())


def test_an_urgent_message_is_sent_when_too_much_waits(broker: LocalBroker) -> None:
    async def scenario() -> None:
        async with running(a_client(broker.address, "sender", Inbox(), subscriptions=())) as sender:
            for _ in range(WAITING + 100):
                sender.publish("t/bulk", b"")

            assert sender.publish("t/bulk", b"") is False
            assert sender.publish("t/order", b"", urgent=True) is True

    play(scenario())


def test_an_urgent_message_is_handled_before_what_waits(broker: LocalBroker) -> None:
    async def scenario() -> None:
        let_go, began, inbox = asyncio.Event(), asyncio.Event(), Inbox()

        async def slow(topic: str, payload: bytes, retained: bool) -> None:
            began.set()
            await let_go.wait()
            inbox(topic, payload, retained)

        receiver = a_client(broker.address, "receiver", slow, is_urgent=lambda topic: topic == "t/order")
        markers = Inbox()
        watcher = a_client(broker.address, "watcher", markers)
        async with running(receiver), running(watcher):
            async with running(a_client(broker.address, "sender", Inbox(), subscriptions=())) as sender:
                for _ in range(10):
                    sender.publish("t/bulk", b"")
                sender.publish("t/order", b"")
                await began.wait()
                await markers.until(11)
            let_go.set()
            await inbox.until(11)

        assert [topic for topic, _, _ in inbox.messages].index("t/order") == 1  # one was being handled

    play(scenario())
