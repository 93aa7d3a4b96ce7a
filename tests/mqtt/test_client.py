"""The MQTT client keeps its promises on every broker: order, acknowledgement after handling, return after a loss."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from doorctl.brokers import Broker
from doorctl.errors import Unreachable
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import BrokerKind, LocalBroker
from doorctl.mqtt.session import Will
from doorctl.wire.notes import MAX_PAYLOAD_BYTES
from tests.brokers import HUGE, TlsBroker, a_broker, tls_mosquitto
from tests.mqtt.clients import SECONDS, Inbox, a_client, drop_dead, play, running


@dataclass(frozen=True, slots=True)
class Line:
    """A broker and the version of MQTT that is spoken with it."""

    broker: LocalBroker
    version: int
    tls: TlsBroker | None = None

    def reached_by(self, name: str) -> Broker:
        return self.tls.seen_by(name) if self.tls is not None else Broker(*self.broker.address)

    def client(
        self, name: str, inbox: Inbox | None = None, *, topic: str = "t/#", will: Will | None = None
    ) -> MqttClient:
        inbox = inbox or Inbox()
        return a_client(self.reached_by(name), name, inbox, version=self.version, subscriptions=(topic,), will=will)

    def publisher(self, name: str = "sender") -> MqttClient:
        return a_client(
            self.reached_by(name), name, Inbox(), version=self.version, subscriptions=(), session_seconds=0
        )


@contextmanager
def over_tls(folder: Path, version: int) -> Iterator[Line]:
    with tls_mosquitto("hq", folder, more_acl="pattern readwrite #\n", more_conf=f"max_packet_size {HUGE}\n") as tls:
        yield Line(tls.broker, version, tls)


@contextmanager
def in_the_open(folder: Path, version: int, kind: BrokerKind = BrokerKind.MOSQUITTO) -> Iterator[Line]:
    with a_broker(folder, kind) as broker:
        yield Line(broker, version)


LINES = {
    "mosquitto-v5": partial(in_the_open, version=5),
    "mosquitto-v4": partial(in_the_open, version=4),
    "mosquitto-tls-v5": partial(over_tls, version=5),
    "mosquitto-tls-v4": partial(over_tls, version=4),
    "amqtt-v4": partial(in_the_open, version=4, kind=BrokerKind.AMQTT),
}
MOSQUITTOS = [name for name in LINES if name.startswith("mosquitto")]


@pytest.fixture(scope="module", params=LINES)
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with LINES[request.param](tmp_path_factory.mktemp("broker")) as line:
        yield line


def test_messages_arrive_in_order(line: Line) -> None:
    expected = [b"%d" % number for number in range(200)]

    async def scenario() -> None:
        inbox = Inbox()
        async with running(line.client("in-order", inbox)), running(line.publisher()) as sender:
            for payload in expected:
                assert sender.publish("t/order", payload)
            await inbox.until(len(expected))

        assert inbox.payloads == expected

    play(scenario())


def test_a_kept_message_is_told_apart(line: Line) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(line.publisher()) as sender:
            sender.publish("r/kept", b"old", retain=True)
        async with running(line.client("kept", inbox, topic="r/kept")), running(line.publisher()) as sender:
            await inbox.until(1)
            sender.publish("r/kept", b"new", retain=True)
            await inbox.until(2)
            sender.publish("r/kept", b"", retain=True)

        assert inbox.messages[:2] == [("r/kept", b"old", True), ("r/kept", b"new", False)]

    play(scenario())


def test_a_client_that_stops_leaves_no_will(line: Line) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(line.client("watcher", inbox)), running(line.publisher()) as sender:
            async with running(line.client("polite", will=Will("t/will", b"gone"))):
                pass
            sender.publish("t/after", b"after")
            await inbox.until(1)

        assert inbox.payloads == [b"after"]

    play(scenario())


def test_what_was_published_before_the_stop_arrives(line: Line) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(line.client("patient", inbox)):
            async with running(line.publisher()) as sender:
                for _ in range(300):
                    sender.publish("t/last-words", b"")
            await inbox.until(300)

        assert len(inbox.messages) == 300

    play(scenario())


def test_publishing_without_a_broker_says_no() -> None:
    async def scenario() -> None:
        client = a_client(("127.0.0.1", 1), "alone", Inbox())

        assert client.publish("t/x", b"x") is False

    play(scenario())


def test_waiting_for_no_broker_ends() -> None:
    async def scenario() -> None:
        client = a_client(("127.0.0.1", 1), "alone", Inbox())
        task = asyncio.create_task(client.run())

        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
            await client.wait_connected(0.05)
        client.stop()
        await task

    play(scenario())


def test_too_much_at_once_is_refused_and_counted(line: Line) -> None:
    async def scenario() -> None:
        async with running(line.publisher()) as sender:
            accepted = [sender.publish("t/much", b"") for _ in range(2000)]

        assert 0 < accepted.count(False) == sender.counters["outgoing-full"]

    play(scenario())


def test_a_huge_payload_never_reaches_the_handler(line: Line) -> None:
    async def scenario() -> None:
        inbox, refusals = Inbox(), list[str]()
        small = a_client(
            line.reached_by("small"),
            "small",
            inbox,
            version=line.version,
            on_refused=lambda refusal: refusals.append(refusal.refusal),
        )
        async with running(small) as receiver, running(line.publisher()) as sender:
            sender.publish("t/huge", bytes(10_000_000))
            sender.publish("t/limit", bytes(MAX_PAYLOAD_BYTES))
            await inbox.until(1)

        assert [topic for topic, _, _ in inbox.messages] == ["t/limit"]
        assert refusals == (["too-large"] if line.version == 4 else [])  # version 5: the broker keeps it
        assert receiver.counters["too-large"] == len(refusals)

    play(scenario())


def test_the_handler_s_failure_ends_the_client(line: Line) -> None:
    def fail(_topic: str, _payload: bytes, _retained: bool) -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        client = a_client(line.reached_by("failing"), "failing", fail, version=line.version, session_seconds=0)
        task = asyncio.create_task(client.run())
        await client.wait_connected(SECONDS)
        async with running(line.publisher()) as sender:
            sender.publish("t/fail", b"")

            with pytest.raises(ZeroDivisionError):
                await task

    play(scenario())


# What amqtt does not promise (it loses what is in flight on a reconnect) is asked of mosquitto alone.


@pytest.fixture(params=MOSQUITTOS)
def mosquitto(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    with LINES[request.param](tmp_path) as line:
        yield line


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


def test_a_burst_that_is_handled_slowly_arrives_whole(mosquitto: Line) -> None:
    async def scenario() -> None:
        let_go = asyncio.Event()
        inbox = Inbox()

        async def slow(topic: str, payload: bytes, retained: bool) -> None:
            await let_go.wait()
            inbox(topic, payload, retained)

        receiver = a_client(mosquitto.reached_by("slow"), "slow", slow, version=mosquitto.version)
        async with running(receiver), running(mosquitto.publisher()) as sender:
            for _ in range(900):
                sender.publish("t/flood", b"")
            let_go.set()
            await inbox.until(900)

        assert len(inbox.messages) == 900

    play(scenario())


def test_a_flood_without_acknowledgements_is_read_no_faster_than_it_is_handled() -> None:
    flood = b"".join([b"\x30", b"\xa4\x8d\x06", b"\x00\x02tt", bytes(100_000)])  # PUBLISH, QoS 0, remaining 100,004

    async def scenario() -> None:
        let_go, inbox, all_sent = asyncio.Event(), Inbox(), asyncio.Event()

        async def flooding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(b"\x20\x02\x00\x00")
            subscribe = await reader.read(1000)
            writer.write(b"\x90\x03" + subscribe[2:4] + b"\x01")
            for _ in range(600):
                writer.write(flood)
                await writer.drain()
            all_sent.set()
            await reader.read()
            writer.close()

        async def slow(topic: str, payload: bytes, retained: bool) -> None:
            await let_go.wait()
            inbox(topic, b"", retained)

        server = await asyncio.start_server(flooding, "127.0.0.1", 0)
        async with running(a_client(server.sockets[0].getsockname(), "slow", slow)):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(all_sent.wait(), 0.7)
            let_go.set()
            await inbox.until(600)
        server.close()

    play(scenario())


@pytest.mark.parametrize("version", [4, 5])
def test_a_broker_that_talks_rubbish_is_left(version: int) -> None:
    async def rubbish(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes([0x20, 0x02, 0x00]) + b"\xff" * 64)
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        client = a_client(address, "patient", Inbox(), version=version)
        task = asyncio.create_task(client.run())

        with pytest.raises(Unreachable):
            await client.wait_connected(0.3)
        assert not task.done()
        client.stop()
        await task
        server.close()

    play(scenario())
