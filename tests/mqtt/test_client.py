"""The MQTT client keeps its promises on every broker: order, bounds, and no word too much."""

import asyncio

import pytest

from doorctl.errors import Unreachable
from doorctl.mqtt.session import Will
from doorctl.wire.notes import MAX_PAYLOAD_BYTES
from tests.mqtt.clients import SECONDS, Inbox, a_client, play, running
from tests.mqtt.lines import Line


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
def test_a_packet_longer_than_any_of_ours_passes_by_and_is_acknowledged(version: int) -> None:
    body = b"\x00\x01t" + b"\x00\x07" + (b"\x00" if version == 5 else b"") + bytes(20_000_000)
    length = len(body)
    huge = bytes([0x32, length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128, length >> 21]) + body
    small = b"\x30\x05\x00\x01t\x00x" if version == 5 else b"\x30\x04\x00\x01tx"

    async def scenario() -> None:
        inbox, acknowledged = Inbox(), asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(b"\x20\x03\x00\x00\x00" if version == 5 else b"\x20\x02\x00\x00")
            subscribe = await reader.read(1000)
            properties = b"\x00" if version == 5 else b""
            writer.write(bytes([0x90, 3 + len(properties)]) + subscribe[2:4] + properties + b"\x01")
            writer.write(huge + small)
            acknowledged.set_result(await reader.read(1000))
            await reader.read()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with running(a_client(server.sockets[0].getsockname(), "small", inbox, version=version)) as client:
            await inbox.until(1)
            assert (await acknowledged)[:4] == b"\x40\x02\x00\x07"
        server.close()

        assert (inbox.payloads, client.counters["too-large"]) == ([b"x"], 1)

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
