"""A hostile courier: whoever owns the broker hears every topic, keeps everything, and says what it likes."""

import asyncio
import threading
from types import TracebackType

from doorctl.mqtt.client import MqttClient
from doorctl.wire.topics import PREFIX

SECONDS = 60.0


class HostileCourier:
    """A client with every right at the broker of a site; ``heard`` is all that was said since it came."""

    def __init__(self, address: tuple[str, int], site: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._address = address
        self._prefix = f"{PREFIX}/{site}/"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> "HostileCourier":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def say(self, where: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish on a topic of the site, named by what follows the site."""
        self.say_at(self._prefix + where, payload, retain=retain)

    def say_at(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish on a topic."""
        asyncio.run_coroutine_threadsafe(self._publish(topic, payload, retain), self._loop).result(SECONDS)

    async def _begin(self) -> None:
        self._client = MqttClient(
            client_id="courier",
            brokers=[self._address],
            version=4,
            subscriptions=[f"{self._prefix}#"],
            on_message=lambda topic, payload, _: self.heard.append((topic, payload)),
            session_seconds=0,
        )
        self._running = asyncio.create_task(self._client.run())
        await self._client.wait_connected(SECONDS)

    async def _publish(self, topic: str, payload: bytes, retain: bool) -> None:
        while not self._client.publish(topic, payload, retain=retain):
            await asyncio.sleep(0.01)

    async def _end(self) -> None:
        self._client.stop()
        await self._running
