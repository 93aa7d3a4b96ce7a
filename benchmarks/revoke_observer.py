"""Who listens at the broker to a controller's acknowledgements, and notes when each revision was in force."""

import asyncio
import time

from doorctl.cli.account import Account
from doorctl.mqtt.client import MqttClient
from doorctl.wire.messages import Ack, from_text
from doorctl.wire.notes import text_of
from doorctl.wire.topics import Channel, everyones

PATIENCE = 120.0


class AckObserver:
    """An observer of the one controller of a site, beside its hub."""

    def __init__(self, account: Account) -> None:
        """Prepare; use it in an ``async with`` statement."""
        self._site = account.site
        self._revision, self._at = 0, 0.0
        self._news = asyncio.Event()
        self._mqtt = MqttClient(
            client_id="observer",
            brokers=account.brokers,
            subscriptions=[everyones(account.site, Channel.ACK)],
            on_message=self._observe,
            session_seconds=0,
        )

    async def __aenter__(self) -> "AckObserver":
        """Listen."""
        self._observing = asyncio.create_task(self._mqtt.run())
        await self._mqtt.wait_connected(PATIENCE)
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Listen no more."""
        self._mqtt.stop()
        await self._observing

    async def wait_for(self, revision: int) -> float:
        """Return when the acknowledgement came that a revision is in force, on the monotonic clock."""
        async with asyncio.timeout(PATIENCE):
            while self._revision < revision:
                self._news.clear()
                await self._news.wait()
        return self._at

    def _observe(self, _topic: str, payload: bytes, _retained: bool) -> None:
        at = time.monotonic()
        ack = from_text(text_of(payload), Ack, site=self._site)
        in_force = ack.revision if ack.in_force is None else ack.in_force
        if in_force > self._revision:
            self._revision, self._at = in_force, at
            self._news.set()
