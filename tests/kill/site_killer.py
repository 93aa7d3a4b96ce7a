"""Kills the processes of a running site at random, the broker among them, and starts each again."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from tests.system.site import RunningSite

START_SECONDS = 0.6
PAUSE_SECONDS = 1.1
DOWN_SECONDS = 0.3
BROKER = "broker"
VICTIMS = ("door", "keeper", "link", "hub", BROKER, "readers")


class SiteKiller:
    """Kills by SIGKILL; ``kills`` counts by process."""

    def __init__(self, site: RunningSite, chance: random.Random, *, victims: Sequence[str] = VICTIMS) -> None:
        self.kills: Counter[str] = Counter()
        self._victims = victims
        self._site = site
        self._chance = chance
        self._pack: list[str] = []

    async def kill_on(self, kills: int) -> None:
        """Kill so many processes, each at a random moment of its start or of its work."""
        end = self.kills.total() + kills
        victim = ""
        while self.kills.total() < end:
            again = victim and self._chance.random() < 0.4
            await asyncio.sleep(self._chance.uniform(0, START_SECONDS if again else PAUSE_SECONDS))
            victim = victim if again else self._next_victim()
            await self._kill(victim)

    def _next_victim(self) -> str:
        """Draw from a pack, so that each has its turn."""
        if not self._pack:
            self._pack = self._chance.sample(self._victims, len(self._victims))
        return self._pack.pop()

    async def _kill(self, victim: str) -> None:
        """Kill and start again; with the broker hub and link, which would wait longer for it from time to time."""
        acknowledged = self._site.acknowledged_size()
        if victim == BROKER:
            self._site.broker.kill()
            self.kills[BROKER] += 1
            await asyncio.sleep(self._chance.uniform(0, DOWN_SECONDS))
            self._site.broker.start()
        for name in ("hub", "link") if victim == BROKER else (victim,):
            self._site.kill(name)
            self.kills[name] += 1
            if name == "hub":
                assert self._site.held_size() >= acknowledged
            self._site.start(name)
