"""The link's end of the socket to the keeper: one delivery at a time, repeated until a keeper has handled it.

While the keeper is away a delivery waits, and with it the broker: it holds what comes after, unacknowledged and
bounded by MQTT's own window. So nothing is kept here, and nothing is lost when the link dies.
"""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from doorctl.journal import Level, is_worth_saying, say
from doorctl.wire.courier import (
    MAX_PACKET_BYTES,
    Collect,
    Deliver,
    Handled,
    LinkConnected,
    LinkDisconnected,
    Publish,
    decode_from_keeper,
    encode,
)
from doorctl.wire.topics import Channel

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


class KeeperLine:
    """A line to the keeper that is restored for ever."""

    def __init__(
        self,
        path: Path,
        *,
        on_publish: Callable[[Publish], None],
        on_collect: Callable[[Collect], None],
        chance: Callable[[], float],
    ) -> None:
        """Prepare a line to the socket at this path; what the keeper wants goes to the two functions."""
        self._path = path
        self._on_publish = on_publish
        self._on_collect = on_collect
        self._chance = chance
        self._sock: socket.socket | None = None
        self._present = asyncio.Event()
        self._token = 0
        self._handled: asyncio.Future[bool] | None = None
        self._broker_is_there = False

    async def run(self) -> None:
        """Stay connected to the keeper until cancelled. Raises Refused when the keeper talks nonsense."""
        failures = 0
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK) as sock:
                try:
                    await asyncio.get_running_loop().sock_connect(sock, str(self._path))
                    failures = 0
                    await self._serve(sock)
                except OSError as error:
                    failures += 1
                    self._tell_failure(error, failures)
                finally:
                    self._lost()
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(failures, 10))
            await asyncio.sleep(pause * (0.5 + self._chance() / 2))

    def tell(self, *, broker_is_there: bool) -> None:
        """Let the keeper know whether a broker is there."""
        self._broker_is_there = broker_is_there
        if self._sock is not None:
            try:
                self._sock.send(self._state())
            except OSError:
                self._sock.shutdown(socket.SHUT_RDWR)  # the next connection begins with the state

    async def deliver(self, channel: Channel, payload: bytes) -> None:
        """Return when a keeper has handled this, however long that takes."""
        while True:
            await self._present.wait()
            self._token = (self._token + 1) % 2**32
            self._handled = asyncio.get_running_loop().create_future()
            if await self._send(encode(Deliver(self._token, channel, payload))) and await self._handled:
                return

    async def _serve(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._sock = sock
        sock.send(self._state())
        self._present.set()
        say("keeper_reached")
        while data := await loop.sock_recv(sock, MAX_PACKET_BYTES + 1):
            match decode_from_keeper(data):
                case Publish() as publish:
                    self._on_publish(publish)
                case Collect() as collect:
                    self._on_collect(collect)
                case Handled(token) if token == self._token:
                    self._end_delivery(handled=True)
        say("keeper_lost")

    def _tell_failure(self, error: OSError, count: int) -> None:
        """Say it ever more rarely: a keeper may be away for long."""
        if is_worth_saying(count):
            say("keeper_unreachable", Level.WARNING, socket=self._path, why=error.strerror or error, count=count)

    async def _send(self, packet: bytes) -> bool:
        try:
            if self._sock is not None:
                await asyncio.get_running_loop().sock_sendall(self._sock, packet)
                return True
        except OSError:
            self._present.clear()
        return False

    def _state(self) -> bytes:
        return encode(LinkConnected() if self._broker_is_there else LinkDisconnected())

    def _end_delivery(self, *, handled: bool) -> None:
        if self._handled is not None and not self._handled.done():
            self._handled.set_result(handled)

    def _lost(self) -> None:
        self._sock = None
        self._present.clear()
        self._end_delivery(handled=False)
