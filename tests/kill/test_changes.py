"""`kill -9` of keeper and link while changes stream in: nothing is lost, nothing is applied twice.

`make test-kill` streams 20,000 changes past 25 kills; `make test` 300 past 2.
"""

import asyncio
import random
from contextlib import suppress
from itertools import count

import pytest

from doorctl.cli.hub_client import HubClient
from doorctl.errors import Unreachable
from doorctl.wire.commands import GroupAdd, GroupRemove, Verb
from tests.system.databases import reading
from tests.system.site import PATIENCE_SECONDS, RunningSite, a_running_site

WRITERS = 12
VICTIMS = ("keeper", "link")


class Stream:
    """Gives command after command, each until the hub has accepted it; ``told`` is the revisions that it was told."""

    def __init__(self, site: RunningSite, changes: int) -> None:
        self.told: list[int] = []
        self._site = site
        self._changes = changes
        self._numbers = count()

    @property
    def is_over(self) -> bool:
        return len(self.told) >= self._changes

    async def run(self) -> None:
        await asyncio.gather(*(self._write() for _ in range(WRITERS)))

    async def _write(self) -> None:
        """Make a group and remove it, again and again: a revision that is applied twice cannot be applied."""
        async with HubClient(self._site.account, answer_seconds=PATIENCE_SECONDS) as hub:
            while not self.is_over:
                group = f"group-{next(self._numbers)}"
                for do in (GroupAdd(group), GroupRemove(group)):
                    self.told.append(await self._accepted(hub, do))

    async def _accepted(self, hub: HubClient, do: Verb) -> int:
        while True:
            with suppress(Unreachable):
                answer = await hub.change(do, wait=0)
                assert answer.revision is not None, answer
                return answer.revision


async def kill_while(stream: Stream, site: RunningSite, chance: random.Random, kills: int, changes: int) -> None:
    """Kill one of the two at each share of the changes, at a random moment, and start it again."""
    for kill in range(kills):
        while len(stream.told) < changes * (kill + chance.random()) / kills and not stream.is_over:
            await asyncio.sleep(0.01)
        victim = chance.choice(VICTIMS)
        site.kill(victim)
        await asyncio.sleep(chance.uniform(0, 0.2))
        site.start(victim)


@pytest.mark.timeout(2700)
@pytest.mark.parametrize(("changes", "kills"), [(300, 2), pytest.param(20_000, 25, marks=pytest.mark.long)])
def test_a_stream_of_changes_arrives_whole_past_kills(changes: int, kills: int, chance: random.Random) -> None:
    with a_running_site() as site:
        before = site.revision(site.site_db)
        stream = Stream(site, changes)

        async def both() -> None:
            await asyncio.gather(stream.run(), kill_while(stream, site, chance, kills, changes))

        asyncio.run(both())
        site.wait_until_synchronous()

        assert len(stream.told) >= changes
        assert sorted(stream.told) == list(range(before + 1, before + 1 + len(stream.told)))  # each had one effect
        assert site.position(site.policy_db) == site.position(site.site_db)
        with reading(site.policy_db) as policy:
            assert policy.execute("SELECT count(*) FROM groups").fetchone() == (0,)
