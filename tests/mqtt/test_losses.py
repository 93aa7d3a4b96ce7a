"""The client over lost connections: what was not handled comes again, what was does not.

Of mosquitto alone: amqtt loses what is in flight on a reconnect.
"""

import asyncio

from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import Will
from tests.mqtt.clients import SECONDS, Inbox, a_client, drop_dead, play, running
from tests.mqtt.lines import Line


def test_a_client_that_died_in_the_handler_gets_the_message_again(mosquitto: Line) -> None:
    async def scenario() -> None:
        started = asyncio.Event()

        async def never_ends(_topic: str, _payload: bytes, _retained: bool) -> None:
            started.set()
            await asyncio.Event().wait()

        inbox = Inbox()
        first = a_client(mosquitto.reached_by("mortal"), "mortal", never_ends, version=mosquitto.version)
        task = asyncio.create_task(first.run())
        await first.wait_connected(SECONDS)
        async with running(mosquitto.publisher()) as sender:
            sender.publish("t/once", b"do it")
            await started.wait()
        await drop_dead(task)

        async with running(mosquitto.client("mortal", inbox)):
            await inbox.until(1)

        assert inbox.payloads == [b"do it"]

    play(scenario())


def test_what_waited_when_the_connection_was_lost_is_handled_once(mosquitto: Line) -> None:
    async def scenario() -> None:
        began, let_go, inbox = asyncio.Event(), asyncio.Event(), Inbox()

        async def held(topic: str, payload: bytes, retained: bool) -> None:
            began.set()
            await let_go.wait()
            inbox(topic, payload, retained)

        def rival() -> MqttClient:
            return a_client(mosquitto.reached_by("twin"), "twin", held, version=mosquitto.version)

        async with running(rival()) as first, running(mosquitto.publisher()) as sender:
            for payload in (b"1", b"2", b"3"):
                sender.publish("t/held", payload)
            await began.wait()
            async with running(rival()):  # the broker ends the first one's connection
                pass
            await first.wait_connected(SECONDS)
            let_go.set()
            await inbox.until(4)

        assert inbox.payloads == [b"1", b"1", b"2", b"3"]

    play(scenario())


def test_a_message_that_waited_at_the_broker_can_be_answered_at_once(mosquitto: Line) -> None:
    async def scenario() -> None:
        answered: list[bool] = []
        client: MqttClient

        def answer(_topic: str, _payload: bytes, _retained: bool) -> None:
            answered.append(client.publish("answers", b"here"))

        def a_responder() -> MqttClient:
            return a_client(mosquitto.reached_by("responder"), "responder", answer, version=mosquitto.version)

        client = a_responder()
        async with running(client):
            pass
        async with running(mosquitto.publisher()) as sender:
            for number in range(5):
                sender.publish(f"t/{number}", b"question")
        client = a_responder()
        async with running(client), asyncio.timeout(SECONDS):
            while len(answered) < 5:
                await asyncio.sleep(0.005)

        assert answered == [True] * 5

    play(scenario())


def test_a_handled_message_does_not_come_again(mosquitto: Line) -> None:
    async def scenario() -> None:
        first, second = Inbox(), Inbox()
        async with running(mosquitto.client("mortal", first)), running(mosquitto.publisher()) as sender:
            sender.publish("t/once", b"do it")
            await first.until(1)

        async with running(mosquitto.client("mortal", second)), running(mosquitto.publisher()) as sender:
            sender.publish("t/next", b"next")
            await second.until(1)

        assert second.payloads == [b"next"]

    play(scenario())


def test_a_client_returns_after_its_broker_was_killed(mosquitto: Line) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(mosquitto.client("faithful", inbox)) as client, running(mosquitto.publisher()) as sender:
            mosquitto.broker.kill()
            while client.is_connected or sender.is_connected:
                await asyncio.sleep(0.001)
            mosquitto.broker.restart()
            await asyncio.gather(client.wait_connected(SECONDS), sender.wait_connected(SECONDS))
            sender.publish("t/again", b"again")
            await inbox.until(1)

        assert inbox.payloads == [b"again"]

    play(scenario())


def test_a_will_tells_of_sudden_death(mosquitto: Line) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        mortal = mosquitto.client("mortal", will=Will("t/will", b"gone"))
        mortal_task = asyncio.create_task(mortal.run())
        async with running(mosquitto.client("watcher", inbox)):
            await mortal.wait_connected(SECONDS)
            await drop_dead(mortal_task)
            await inbox.until(1)

        assert inbox.messages == [("t/will", b"gone", False)]

    play(scenario())


def test_the_next_broker_is_taken_when_the_first_does_not_answer(mosquitto: Line) -> None:
    async def scenario() -> None:
        client = MqttClient(
            client_id="choosy", brokers=[("127.0.0.1", 1), mosquitto.reached_by("choosy")], on_message=Inbox()
        )
        async with running(client):
            assert client.is_connected

    play(scenario())
