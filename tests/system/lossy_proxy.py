"""A bad network before a broker: connections are cut at random moments, in the middle of whatever they carry."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from doorctl.mqtt.local_broker import HOST

CHUNK_BYTES = 4096
LONGEST_LIFE_SECONDS = 3.0


class LossyProxy:
    """Forwards to a broker; each connection is given a random time to live, and ``cuts`` counts."""

    def __init__(self, broker_port: int, chance: random.Random) -> None:
        self.cuts = 0
        self.is_calm = False
        self._broker_port = broker_port
        self._chance = chance
        self._cut = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    async def until_cut(self, times: int) -> None:
        """Wait until so many connections were cut in all."""
        while self.cuts < times:
            self._cut.clear()
            await self._cut.wait()

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry one connection both ways until either end leaves it, or its life is over."""
        there, far = await asyncio.open_connection(HOST, self._broker_port)
        self._open |= {far, back}
        dies_at = asyncio.get_running_loop().time() + self._chance.uniform(0, LONGEST_LIFE_SECONDS)
        ways = [asyncio.create_task(self._pass(*way, dies_at)) for way in ((near, far), (there, back))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in (far, back):
            end.transport.abort()
        await asyncio.gather(*ways)
        self._open -= {far, back}

    async def end(self) -> None:
        """Hang up on everybody."""
        for end in self._open:
            end.transport.abort()
        while self._open:
            await asyncio.sleep(0)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, dies_at: float) -> None:
        """Pass on what comes; of what comes when time is up, a part."""
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                is_last = asyncio.get_running_loop().time() >= dies_at and not self.is_calm
                target.write(data[: self._chance.randrange(len(data))] if is_last else data)
                await target.drain()
                if is_last:
                    self.cuts += 1
                    self._cut.set()
                    return


@asynccontextmanager
async def a_lossy_proxy(port: int, *, broker_port: int, chance: random.Random) -> AsyncIterator[LossyProxy]:
    """Serve a proxy at this port of loopback."""
    proxy = LossyProxy(broker_port, chance)
    async with await asyncio.start_server(proxy.carry, HOST, port):
        try:
            yield proxy
        finally:
            await proxy.end()
