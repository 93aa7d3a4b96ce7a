"""A whole site that is kept busy, by badges at its doors and admins at the hub, while its processes are killed."""

import asyncio
import json
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from doorctl.cli.desk import private
from doorctl.cli.hub_client import HubClient
from doorctl.cli.simulator import SOCKET_NAME
from doorctl.commands import GrantAdd, PersonAdd, Private, Revoke, Verb
from doorctl.errors import Refused, Unreachable
from doorctl.messages import Response
from tests.system.site import CARD, FLOOR, SERVER_ROOM, STRANGER, RunningSite

SWIPE_SECONDS = 0.05
ANSWER_SECONDS = 6.0
REPEAT_SECONDS = 0.5
ADMINS = 3
START_SECONDS = 0.6
PAUSE_SECONDS = 1.1
DOWN_SECONDS = 0.3
BROKER = "broker"
VICTIMS = ("door", "keeper", "link", "hub", BROKER, "readers")
_SWIPES = ((FLOOR, CARD), (SERVER_ROOM, CARD), (FLOOR, STRANGER))


@dataclass
class Told:
    """What the admins were told: what was accepted, and as which revision; what they asked for at all."""

    accepted: dict[str, int] = field(default_factory=dict)
    granted: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    to_be_revoked: set[str] = field(default_factory=set)


class BusySite:
    """Keeps a running site busy and kills its processes; ``kills`` counts by process."""

    def __init__(self, site: RunningSite, chance: random.Random) -> None:
        self.site = site
        self.told = Told()
        self.kills: Counter[str] = Counter()
        self._chance = chance
        self._people = 0
        self._is_over = False

    async def suffer(self, kills: int) -> None:
        """Kill so many processes while badges are presented and admins command; then let everything come to rest."""
        self._is_over = False
        busy = [asyncio.create_task(work()) for work in (self._swipe_on, *[self._command_on] * ADMINS)]
        end = self.kills.total() + kills
        victim = ""
        while self.kills.total() < end:
            again = victim and self._chance.random() < 0.4
            await asyncio.sleep(self._chance.uniform(0, START_SECONDS if again else PAUSE_SECONDS))
            victim = victim if again else self._chance.choice(VICTIMS)
            await self._kill(victim)
        self._is_over = True
        await asyncio.gather(*busy)

    async def _kill(self, victim: str) -> None:
        """Kill and start again; with the broker hub and link, which would wait longer for it from time to time."""
        acknowledged = self.site.acknowledged_size()
        if victim == BROKER:
            self.site.broker.kill()
            await asyncio.sleep(self._chance.uniform(0, DOWN_SECONDS))
            self.site.broker.start()
        for name in ("hub", "link") if victim == BROKER else (victim,):
            self.site.kill(name)
            self.kills[name] += 1
            if name == "hub":
                assert self.site.held_size() >= acknowledged
            self.site.start(name)
        self.kills[BROKER] += victim == BROKER

    async def _swipe_on(self) -> None:
        turn = 0
        path = self.site.controller / "run" / SOCKET_NAME
        while not self._is_over:
            with suppress(OSError):
                heard, said = await asyncio.open_unix_connection(path)
                while not self._is_over and not heard.at_eof():
                    door, card = _SWIPES[turn % len(_SWIPES)]
                    said.write(json.dumps({"do": "swipe", "reader": f"{door}-in", "card": card}).encode() + b"\n")
                    await said.drain()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(heard.read(1 << 16), SWIPE_SECONDS)
                    turn += 1
                    await asyncio.sleep(SWIPE_SECONDS)
                said.close()
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

    async def _change(self, do: Verb, personal: Private | None = None) -> bool:
        """Ask for a change; tell whether it was accepted."""
        accepted: list[Response] = []
        with suppress(Refused, Unreachable):
            async with HubClient(
                self.site.account, answer_seconds=ANSWER_SECONDS, repeat_seconds=REPEAT_SECONDS
            ) as hub:
                await hub.change(do, personal, on_accepted=accepted.append)
        for response in accepted:
            assert response.revision is not None
            self.told.accepted[response.command] = response.revision
        return bool(accepted)
