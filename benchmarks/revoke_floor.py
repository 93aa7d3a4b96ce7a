"""The least that any program could do for a revoke: two hops by QoS 1, two durable inserts, and the signatures.

The admin signs and publishes; a hub verifies, inserts a row of as many bytes as a change has, signs and publishes;
each controller verifies, inserts as much, and signs. The time ends when the last one has signed.
``python -m benchmarks.revoke_floor ROLE PORT DATABASE…`` runs one end, with a connection for each database.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.brokers import Broker
from doorctl.database import open_writer
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import HOST, LocalBroker

COMMAND, CHANGE = "floor/command", "floor/change"
COMMAND_BYTES, CHANGE_BYTES = 350, 800
SIGNATURE_BYTES = 64
PATIENCE = 30.0
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))

Handle = Callable[[str, bytes, bool], Awaitable[None]]


class RevokeFloor:
    """The near end: the admin, and the processes of hub and controllers."""

    def __init__(self, folder: Path, broker: LocalBroker, controllers: int, environment: dict[str, str]) -> None:
        """Start the processes and wait until they listen."""
        folder.mkdir()
        count = min(os.cpu_count() or 1, controllers)
        databases = [folder / f"controller-{number}.db" for number in range(controllers)]
        self._stack = ExitStack()
        self._controllers = controllers
        self._runner = asyncio.Runner()
        self._ends = [self._start("hub", broker.port, [folder / "hub.db"], environment)]
        self._ends += [
            self._start("controller", broker.port, databases[number::count], environment) for number in range(count)
        ]
        self._admin = self._runner.run(self._connect(broker.port))

    def revoke(self) -> float:
        """Return the seconds from before the admin signs until the last controller has signed."""
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

    def _start(
        self, role: str, port: int, databases: list[Path], environment: dict[str, str]
    ) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.revoke_floor", role, str(port), *map(str, databases)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        self._stack.callback(process.communicate)
        self._stack.callback(process.terminate)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    async def _connect(self, port: int) -> MqttClient:
        admin = MqttClient(
            client_id="floor-admin", brokers=[Broker(HOST, port)], on_message=lambda *_: None, session_seconds=0
        )
        self._running = asyncio.create_task(admin.run())
        await admin.wait_connected(PATIENCE)
        return admin

    async def _revoke(self) -> float:
        command = os.urandom(COMMAND_BYTES)
        began = time.monotonic()
        self._admin.publish(COMMAND, command + _KEY.sign(command))
        return await asyncio.to_thread(self._last_signed) - began

    def _last_signed(self) -> float:
        signed = []
        for end in self._ends[1:]:
            assert end.stdout is not None
            share = len(range(self._ends.index(end) - 1, self._controllers, len(self._ends) - 1))
            signed += [float(end.stdout.readline()) for _ in range(share)]
        return max(signed)


async def _serve(role: str, port: int, databases: list[str]) -> None:
    pool = ThreadPoolExecutor(len(databases))
    clients = [_END[role](port, Path(database), pool) for database in databases]
    async with asyncio.TaskGroup() as tasks:
        for client in clients:
            tasks.create_task(client.run())
        for client in clients:
            await client.wait_connected(PATIENCE)
        _say("ready")


def _hub(port: int, database: Path, pool: ThreadPoolExecutor) -> MqttClient:
    commit = _committer(database, pool)

    async def take(_topic: str, payload: bytes, _retained: bool) -> None:
        _verify(payload)
        await commit(CHANGE_BYTES)
        change = os.urandom(CHANGE_BYTES)
        client.publish(CHANGE, change + _KEY.sign(change))

    client = _client(port, database, COMMAND, take)
    return client


def _controller(port: int, database: Path, pool: ThreadPoolExecutor) -> MqttClient:
    commit = _committer(database, pool)

    async def take(_topic: str, payload: bytes, _retained: bool) -> None:
        _verify(payload)
        await commit(CHANGE_BYTES)
        _KEY.sign(payload[:COMMAND_BYTES])
        _say(repr(time.monotonic()))

    return _client(port, database, CHANGE, take)


def _client(port: int, database: Path, topic: str, take: Handle) -> MqttClient:
    return MqttClient(
        client_id=f"floor-{database.stem}",
        brokers=[Broker(HOST, port)],
        subscriptions=[topic],
        on_message=take,
        session_seconds=0,
    )


def _committer(database: Path, pool: ThreadPoolExecutor) -> Callable[[int], Awaitable[None]]:
    connection = open_writer(database)
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB)")

    async def commit(count: int) -> None:
        row = (os.urandom(count),)
        insert = "INSERT INTO rows (content) VALUES (?)"
        await asyncio.get_running_loop().run_in_executor(pool, connection.execute, insert, row)

    return commit


def _verify(payload: bytes) -> None:
    _KEY.public_key().verify(payload[-SIGNATURE_BYTES:], payload[:-SIGNATURE_BYTES])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


_END = {"hub": _hub, "controller": _controller}


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
