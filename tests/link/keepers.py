"""A link between a broker and the keeper's end of its socket, which tests drive by hand."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from doorctl.config import CONTROLLER_TABLES, LinkConfig, brokers_of, read_config
from doorctl.link.process import Link
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.places import RunSocket
from doorctl.wire.courier import (
    MAX_PACKET_BYTES,
    Deliver,
    FromKeeper,
    FromLink,
    Handled,
    LinkConnected,
    decode_from_link,
    encode,
)
from doorctl.wire.topics import Address, Channel, topic
from tests.keeper.processes import a_config
from tests.keeper.site import CONTROLLER, SITE, ASite
from tests.mqtt.clients import SECONDS, Inbox, a_client

DELTA = topic(SITE, Address(Channel.DELTA))

ACK = topic(SITE, Address(Channel.ACK, CONTROLLER))

STATE = topic(SITE, Address(Channel.STATE, CONTROLLER))

ORDER = topic(SITE, Address(Channel.ORDER, CONTROLLER))


class AKeeper:
    """The keeper's end of the socket, driven by hand."""

    def __init__(self, folder: Path) -> None:
        path = folder / "run" / RunSocket.KEEPER
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        self._listener.listen()
        self._link: socket.socket | None = None

    async def hear(self) -> FromLink:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SECONDS):
            if self._link is None:
                self._link, _ = await loop.sock_accept(self._listener)
            return decode_from_link(await loop.sock_recv(self._link, MAX_PACKET_BYTES + 1))

    async def hear_delivery(self) -> Deliver:
        while not isinstance(packet := await self.hear(), Deliver):
            pass
        return packet

    async def say(self, packet: FromKeeper) -> None:
        assert self._link is not None
        await asyncio.get_running_loop().sock_sendall(self._link, encode(packet))

    def die(self) -> None:
        self._listener.close()
        if self._link is not None:
            self._link.close()
            self._link = None

    async def until_connected(self) -> None:
        while await self.hear() != LinkConnected():
            pass

    async def take(self) -> Deliver:
        """Hear the next delivery and say that it is handled."""
        delivery = await self.hear_delivery()
        await self.say(Handled(delivery.token))
        return delivery


def a_link(folder: Path, broker: LocalBroker, version: int = 5) -> Link:
    config = a_config(folder, ASite(), port=broker.port, version=version)
    table = read_config(config, LinkConfig, others=CONTROLLER_TABLES)
    return Link(table, brokers=brokers_of(table.link, config), runtime_dir=folder / "run")


@asynccontextmanager
async def carrying(link: Link) -> AsyncIterator[Link]:
    task = asyncio.create_task(link.run())
    try:
        yield link
        link.stop()
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


def a_hub(broker: LocalBroker, inbox: Inbox | None = None) -> MqttClient:
    subscriptions = (topic(SITE, Address(Channel.STATE, "+")), ACK)
    return a_client(broker.address, "hub", inbox or Inbox(), version=5, subscriptions=subscriptions)
