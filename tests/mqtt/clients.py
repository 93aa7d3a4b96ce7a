"""Clients for tests: built for one broker, run in the background of a scenario."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from doorctl.brokers import Broker
from doorctl.errors import Refused
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import MessageHandler, Will

SECONDS = 30.0


class Inbox:
    """A message handler that keeps what it got, and lets a test wait for it."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self._grew = asyncio.Event()

    def __call__(self, topic: str, payload: bytes, retained: bool) -> None:
        self.messages.append((topic, payload, retained))
        self._grew.set()

    @property
    def payloads(self) -> list[bytes]:
        return [payload for _, payload, _ in self.messages]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(SECONDS):
            while len(self.messages) < count:
                await self._grew.wait()
                self._grew.clear()

    async def until_payload(self, payload: bytes) -> None:
        """Wait for this payload, and forget what came so far."""
        async with asyncio.timeout(SECONDS):
            while payload not in self.payloads:
                self._grew.clear()
                await self._grew.wait()
        self.messages.clear()


def a_client(
    address: Broker | tuple[str, int],
    name: str,
    on_message: MessageHandler,
    *,
    version: int = 4,
    subscriptions: tuple[str, ...] = ("t/#",),
    will: Will | Callable[[], Will] | None = None,
    session_seconds: int = 3600,
    on_connected: Callable[[], None] = lambda: None,
    on_refused: Callable[[Refused], None] = lambda _: None,
    is_urgent: Callable[[str], bool] = lambda _: False,
) -> MqttClient:
    """A client that comes back at once after a loss."""
    return MqttClient(
        client_id=name,
        brokers=[address],
        on_message=on_message,
        subscriptions=subscriptions,
        version=version,
        will=will,
        session_seconds=session_seconds,
        on_connected=on_connected,
        on_refused=on_refused,
        is_urgent=is_urgent,
        chance=lambda: 0.1,
    )


@asynccontextmanager
async def running(client: MqttClient) -> AsyncIterator[MqttClient]:
    """Run a client until the end of the block, and leave in good order."""
    task = asyncio.create_task(client.run())
    try:
        await client.wait_connected(SECONDS)
        yield client
        client.stop()
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def drop_dead(task: "asyncio.Task[None]") -> None:
    """End a client without stopping it, in the middle of whatever it does."""
    task.cancel()
    await asyncio.wait([task])


def play(scenario: Coroutine[Any, Any, None]) -> None:
    """Run a scenario in an event loop of its own, within bounds."""

    async def bounded() -> None:
        async with asyncio.timeout(4 * SECONDS):
            await scenario

    asyncio.run(bounded())
