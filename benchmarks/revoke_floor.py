"""The least that any program could do for a revoke: two hops by QoS 1, two durable inserts, and the signatures.

The admin signs and publishes; a hub verifies, inserts a row of as many bytes as a change has, signs and publishes;
each controller verifies, inserts as much, signs and publishes; the hub verifies what they signed. One controller has
a database of its own, the others are simulated as those of the site are (``benchmarks.revoke_crowd``).
``python -m benchmarks.revoke_floor ROLE PORT MEMBER…`` runs one end. A member is the database of the hub or of
the controller, or ``FLUSH_MS:NUMBER`` of a crowd.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.far_end import FarEnd, say
from benchmarks.revoke_crowd import crowd_client, serve
from doorctl.brokers import Broker
from doorctl.database import open_writer
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import HOST, LocalBroker

COMMAND, CHANGE, ACK = "floor/command", "floor/change", "floor/ack"
COMMAND_BYTES, CHANGE_BYTES = 350, 800
SIGNATURE_BYTES = 64
PATIENCE = 120.0
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))

Handle = Callable[[str, bytes, bool], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Least:
    """The seconds until the last controller has signed its acknowledgement, and until the hub has verified all."""

    signed: float
    heard: float


class RevokeFloor:
    """The near end: the admin, and the processes of hub and controllers."""

    def __init__(self, folder: Path, broker: LocalBroker, controllers: int, environment: dict[str, str]) -> None:
        """Start the processes and wait until they listen."""
        folder.mkdir()
        self._stack = ExitStack()
        self._runner = asyncio.Runner()
        flush_ms = environment["DOORCTL_FLUSH_MS"]
        crowd = [f"{flush_ms}:{number}" for number in range(2, controllers + 1)]
        count = min(os.cpu_count() or 1, len(crowd))
        ends = [("hub", [str(folder / "hub.db")]), ("controller", [str(folder / "controller.db")])]
        ends += [("crowd", crowd[number::count]) for number in range(count)]
        self._ends = [(self._start(role, broker.port, members, environment), members) for role, members in ends]
        self._admin = self._runner.run(self._connect(broker.port))

    def revoke(self) -> Least:
        """Return how long it took, from before the admin signs."""
        return self._runner.run(self._revoke())

    def __enter__(self) -> "RevokeFloor":
        """Use it as long as the block runs."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End the processes."""
        self._admin.stop()
        self._runner.run(asyncio.wait_for(self._running, PATIENCE))
        self._runner.close()
        self._stack.close()

    def _start(self, role: str, port: int, members: list[str], environment: dict[str, str]) -> FarEnd:
        end = self._stack.enter_context(FarEnd("revoke_floor", role, port, *members, environment=environment))
        end.hear()
        return end

    async def _connect(self, port: int) -> MqttClient:
        admin = MqttClient(
            client_id="floor-admin", brokers=[Broker(HOST, port)], on_message=lambda *_: None, session_seconds=0
        )
        self._running = asyncio.create_task(admin.run())
        await admin.wait_connected(PATIENCE)
        return admin

    async def _revoke(self) -> Least:
        command = os.urandom(COMMAND_BYTES)
        began = time.monotonic()
        self._admin.publish(COMMAND, command + _KEY.sign(command))
        signed, heard = await asyncio.to_thread(self._last)
        return Least(signed - began, heard - began)

    def _last(self) -> tuple[float, float]:
        (hub, _), *controllers = self._ends
        members = [end for end, members in controllers for _ in members]
        return max(float(end.hear()) for end in members), max(float(hub.hear()) for _ in members)


async def _serve(role: str, port: int, members: list[str]) -> None:
    await serve([_END[role](port, member) for member in members])


def _hub(port: int, database: str) -> MqttClient:
    commit = _committer(database)

    async def take(topic: str, payload: bytes, _retained: bool) -> None:
        _verify(payload)
        if topic == ACK:
            say(repr(time.monotonic()))
            return
        await commit(CHANGE_BYTES)
        change = os.urandom(CHANGE_BYTES)
        client.publish(CHANGE, change + _KEY.sign(change))

    client = _client(port, "hub", [COMMAND, ACK], take)
    return client


def _controller(port: int, database: str) -> MqttClient:
    commit = _committer(database)

    async def take(_topic: str, payload: bytes, _retained: bool) -> None:
        _verify(payload)
        await commit(CHANGE_BYTES)
        _acknowledge(client, payload)

    client = _client(port, "controller", [CHANGE], take)
    return client


def _member(port: int, member: str) -> MqttClient:
    flush_ms, _, number = member.partition(":")

    def react(payload: bytes) -> Callable[[], None]:
        _verify(payload)
        return lambda: _acknowledge(client, payload)

    client = crowd_client(port, f"floor-{number}", CHANGE, react=react, flush_ms=float(flush_ms))
    return client


def _acknowledge(client: MqttClient, payload: bytes) -> None:
    words = payload[:COMMAND_BYTES]
    signature = _KEY.sign(words)
    say(repr(time.monotonic()))
    client.publish(ACK, words + signature, urgent=True)


def _client(port: int, name: str, topics: Sequence[str], take: Handle) -> MqttClient:
    return MqttClient(
        client_id=f"floor-{name}",
        brokers=[Broker(HOST, port)],
        subscriptions=topics,
        on_message=take,
        session_seconds=0,
    )


def _committer(database: str) -> Callable[[int], Awaitable[None]]:
    pool = ThreadPoolExecutor(1)
    connection = open_writer(Path(database))
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB)")

    async def commit(count: int) -> None:
        row = (os.urandom(count),)
        insert = "INSERT INTO rows (content) VALUES (?)"
        await asyncio.get_running_loop().run_in_executor(pool, connection.execute, insert, row)

    return commit


def _verify(payload: bytes) -> None:
    _KEY.public_key().verify(payload[-SIGNATURE_BYTES:], payload[:-SIGNATURE_BYTES])


_END = {"hub": _hub, "controller": _controller, "crowd": _member}


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
