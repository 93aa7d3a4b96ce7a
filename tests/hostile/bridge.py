"""A hostile bridge between two real brokers: the hub hears at the one, controllers and admins at the other.

What becomes of each message is drawn by the hostile broker that the world in one process has, too.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum

from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import new_client_id
from doorctl.wire.topics import (
    FROM_CONTROLLERS,
    RETAINED,
    TO_CONTROLLERS,
    Address,
    Channel,
    everyones,
    parse,
    topic,
)
from tests.hostile.broker import Deed, HostileBroker, Parcel

SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 0.2
ECHO = 0.2
NEWEST_ORDERS = 4


class Side(StrEnum):
    """At whose broker."""

    HUB = "hub"
    FIELD = "field"


OF_THE_HUB = (*TO_CONTROLLERS, Channel.RESPONSE)
OF_THE_FIELD = (*FROM_CONTROLLERS, Channel.COMMAND)
ECHOED = frozenset({Channel.TRUST, Channel.HEAD})
"""What a hub listens to though only it says it: what a broker may have kept of the hub that it was."""


class HostileBridge:
    """Carries both ways; ``said`` is what was really said, by whom is told by the channel."""

    def __init__(self, site: str, ports: dict[Side, tuple[str, int]], chance: random.Random) -> None:
        self.said: list[Parcel] = []
        self.broker = HostileBroker(chance)
        self.is_honest = True
        self._site = site
        self._chance = chance
        self._clients = {
            Side.HUB: self._client(ports[Side.HUB], OF_THE_HUB, to=Side.FIELD),
            Side.FIELD: self._client(ports[Side.FIELD], OF_THE_FIELD, to=Side.HUB),
        }

    @property
    def carried(self) -> int:
        """How many deeds were done."""
        return self.broker.deeds.total()

    async def run(self) -> None:
        """Carry until cancelled: let some wait a while, then do something with about half of them."""
        async with asyncio.TaskGroup() as tasks:
            for client in self._clients.values():
                tasks.create_task(client.run())
            while True:
                await asyncio.sleep(self._chance.uniform(0, LONGEST_PAUSE_SECONDS))
                for _ in range(self.broker.waiting if self.is_honest else (self.broker.waiting + 1) // 2):
                    self._carry_one()

    async def wait_connected(self) -> None:
        """Wait until both brokers hear the bridge."""
        for client in self._clients.values():
            await client.wait_connected(SECONDS)

    def _client(self, broker: tuple[str, int], channels: Iterable[Channel], *, to: Side) -> MqttClient:
        def hear(received: str, payload: bytes, _retained: bool) -> None:
            parcel = Parcel(to, parse(self._site, received), payload)
            self.said.append(parcel)
            self.broker.take(parcel)
            if parcel.address.channel is Channel.ASK and not self.is_honest:
                self._order_again(parcel.address.name)

        return MqttClient(
            client_id=new_client_id("bridge"),
            brokers=[broker],
            subscriptions=[everyones(self._site, channel) for channel in channels],
            on_message=hear,
        )

    def _order_again(self, controller: str) -> None:
        """Bring the newest orders once more: who asks may have begun anew, and have forgotten them."""
        orders = [parcel for parcel in self.said if parcel.address == Address(Channel.ORDER, controller)]
        for order in orders[-NEWEST_ORDERS:]:
            self.broker.take(order)

    def _carry_one(self) -> None:
        parcel = self.broker.do(Deed.DELIVER if self.is_honest else None)
        if parcel is None:
            return
        channel = parcel.address.channel
        if not self.is_honest and channel in ECHOED and self._chance.random() < ECHO:
            parcel = replace(parcel, to=Side.HUB)
        is_kept = parcel.is_kept or channel in RETAINED
        self._clients[Side(parcel.to)].publish(topic(self._site, parcel.address), parcel.payload, retain=is_kept)


@asynccontextmanager
async def a_hostile_bridge(
    site: str, ports: dict[Side, tuple[str, int]], chance: random.Random
) -> AsyncIterator[HostileBridge]:
    """Run a bridge between these brokers; it is honest until told otherwise."""
    bridge = HostileBridge(site, ports, chance)
    async with asyncio.TaskGroup() as tasks:
        carrying = tasks.create_task(bridge.run())
        await bridge.wait_connected()
        yield bridge
        carrying.cancel()
