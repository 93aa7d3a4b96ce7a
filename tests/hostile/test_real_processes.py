"""Real processes, killed by SIGKILL, whose every word goes over real MQTT through a hostile bridge of two brokers."""

import asyncio
import random

import pytest

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import DoorSet, GroupAdd, GroupRemove, ZoneSet
from doorctl.wire.verdict import Verdict
from tests.hostile.bridge import HostileBridge, a_hostile_bridge
from tests.hostile.broker import Deed
from tests.hostile.busy_admins import EVERY_DOOR, keep_commanding
from tests.hostile.conversation import conversation
from tests.hostile.in_the_end import (
    changes_by_command,
    prove_nobody_went_back,
    prove_the_commands,
    prove_the_logs,
    prove_the_opens,
    prove_the_policies,
)
from tests.hostile.two_sides import VICTIMS, TwoSides
from tests.kill.site_killer import SiteKiller

SEED = "1"
MESSAGES = 5000
KILLS = 40
KILLS_AT_ONCE = 2
LOOK_SECONDS = 0.02
LAST = "at-the-end"
CHANGES, OPENED = 25, 8
"""At least so many of them must have been tried: the slower the machine, the more messages only repeat."""


class Trial:
    """A site, who carries for it, and who kills it; each has chance of its own, all of them one seed."""

    def __init__(self, site: TwoSides, seed: str) -> None:
        self.site = site
        self.killer = SiteKiller(site, random.Random(f"{seed}-kills"), victims=VICTIMS)
        self._seed = seed

    async def run(self) -> HostileBridge:
        """Have the carrier be honest, then hostile while processes are killed, then honest until all is in step."""
        chance = random.Random(f"{self._seed}-carries")
        async with a_hostile_bridge(self.site.account.site, self.site.ports, chance) as bridge:
            await asyncio.to_thread(self._begin)
            await self._suffer(bridge)
            await asyncio.to_thread(self._end)
            return bridge

    def _begin(self) -> None:
        for victim in VICTIMS:
            self.site.start(victim)
        for door in EVERY_DOOR:
            self.site.accept(ZoneSet(door, ZoneKind.FLOOR))
            self.site.accept(DoorSet(door, door))
        self.site.wait_until_in_step()

    async def _suffer(self, bridge: HostileBridge) -> None:
        """Kill evenly over so many messages, while admins command."""
        before, bridge.is_honest = bridge.carried, False
        commanding = asyncio.create_task(keep_commanding(self.site.account, self._seed, lambda: bridge.is_honest))
        for kills in range(0, KILLS, KILLS_AT_ONCE):
            while bridge.carried < before + MESSAGES * kills // KILLS:
                await asyncio.sleep(LOOK_SECONDS)
            await self.killer.kill_on(KILLS_AT_ONCE)
        while bridge.carried < before + MESSAGES:
            await asyncio.sleep(LOOK_SECONDS)
        bridge.is_honest = True
        await commanding

    def _end(self) -> None:
        """Command once more: nobody lacks anything then, and the hub has to say that what follows is in force."""
        self.site.accept(GroupAdd(LAST))
        self.site.wait_until_in_step()
        assert self.site.change(GroupRemove(LAST)).verdict is Verdict.DONE


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_hostile_bridge_and_kills_change_nothing_but_when() -> None:
    with TwoSides() as site:
        site.set_up()
        trial = Trial(site, SEED)
        bridge = asyncio.run(trial.run())
        heard = conversation(bridge.said)
        prove_the_policies(site, heard)
        prove_the_commands(site, heard)
        prove_nobody_went_back(site)
        opened = prove_the_opens(site, heard)
        prove_the_logs(site)
        changes, refused = len(changes_by_command(site, heard)), len(heard.told(Verdict.REFUSED))
        print(f"seed {SEED}: {dict(bridge.broker.deeds)}; killed {dict(trial.killer.kills)}")
        print(f"{len(heard.commands)} commands, {changes} changes, {opened} opened, {refused} refused")

    assert set(bridge.broker.deeds) == set(Deed)
    assert bridge.carried >= MESSAGES
    assert set(trial.killer.kills) == set(VICTIMS)
    assert trial.killer.kills.total() >= KILLS
    assert changes >= CHANGES
    assert opened >= OPENED
