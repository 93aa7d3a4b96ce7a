"""A whole site that is kept busy, by badges at its doors and admins at the hub, while something happens to it."""

import asyncio
import json
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle

from doorctl.cli.desk import private
from doorctl.cli.hub_client import HubClient
from doorctl.errors import Refused, Unreachable
from doorctl.places import RunSocket
from doorctl.wire.commands import GrantAdd, PersonAdd, Private, Revoke, Verb
from doorctl.wire.messages import Response
from tests.system.site import CARD, FLOOR, SERVER_ROOM, STRANGER, RunningSite

SWIPE_SECONDS = 0.05
PERSON_SECONDS = 0.1
ANSWER_SECONDS = 6.0
REPEAT_SECONDS = 0.5
ADMINS = 3
_SWIPES = ((FLOOR, CARD), (SERVER_ROOM, CARD), (FLOOR, STRANGER))


@dataclass
class Told:
    """What the admins were told: what was accepted, and as which revision; what they asked for at all."""

    accepted: dict[str, int] = field(default_factory=dict)
    granted: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    to_be_revoked: set[str] = field(default_factory=set)


class BusySite:
    """Keeps a running site busy; ``told`` is what its admins heard."""

    def __init__(self, site: RunningSite) -> None:
        self.site = site
        self.told = Told()
        self._people = 0
        self._is_over = False

    async def while_busy(self, trouble: Awaitable[None]) -> None:
        """Present badges and command until the trouble is over."""
        self._is_over = False
        busy = [asyncio.create_task(work()) for work in (self._swipe_on, *[self._command_on] * ADMINS)]
        await trouble
        self._is_over = True
        await asyncio.gather(*busy)

    async def _swipe_on(self) -> None:
        path = self.site.controller / "run" / RunSocket.SIMULATOR
        while not self._is_over:
            with suppress(OSError):
                heard, said = await asyncio.open_unix_connection(path)
                try:
                    await self._swipe(heard, said)
                finally:
                    said.transport.abort()
                    await said.wait_closed()
            await asyncio.sleep(SWIPE_SECONDS)

    async def _swipe(self, heard: asyncio.StreamReader, said: asyncio.StreamWriter) -> None:
        """Present badges at the doors, one after another, until the simulator is gone."""
        for door, card in cycle(_SWIPES):
            if self._is_over or heard.at_eof():
                return
            said.write(json.dumps({"do": "swipe", "reader": f"{door}-in", "card": card}).encode() + b"\n")
            await said.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.read(1 << 16), SWIPE_SECONDS)
            await asyncio.sleep(SWIPE_SECONDS)

    async def _command_on(self) -> None:
        while not self._is_over:
            self._people += 1
            person = f"p-{self._people}"
            await self._change(PersonAdd(person), private(handle=person, name="Grace"))
            if await self._change(GrantAdd(f"g-{person}", FLOOR, holder=person)):
                self.told.granted.add(person)
            if self._people % 3 == 0:
                self.told.to_be_revoked.add(person)
                if await self._change(Revoke(FLOOR, holder=person)):
                    self.told.revoked.add(person)
            await asyncio.sleep(PERSON_SECONDS)

    async def _change(self, do: Verb, personal: Private | None = None) -> bool:
        """Ask for a change; tell whether it was accepted."""
        accepted: list[Response] = []
        with suppress(Refused, Unreachable):
            async with HubClient(
                self.site.account, answer_seconds=ANSWER_SECONDS, repeat_seconds=REPEAT_SECONDS
            ) as hub:
                await hub.change(do, personal, on_accepted=accepted.append)
        for response in accepted:
            if response.text.startswith("kept:"):
                continue  # a restored hub carries it out when its lost changes are back
            assert response.revision is not None
            self.told.accepted[response.command] = response.revision
        return bool(accepted)
