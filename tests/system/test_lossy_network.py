"""MQTT over a network that cuts every connection before long: changes and records arrive, once each in effect."""

import asyncio
import random

import pytest

from doorctl.mqtt.local_broker import free_port
from doorctl.wire.commands import GroupAdd
from tests.system.busy_site import BusySite
from tests.system.lossy_proxy import LossyProxy, a_lossy_proxy
from tests.system.proofs import prove_the_changes, prove_the_records
from tests.system.site import RunningSite, a_running_site

CUTS = 24


async def suffer(site: RunningSite, busy: BusySite, *, port: int, chance: random.Random) -> int:
    """Be busy while connections are cut, then let the network be good until all is in step."""
    async with a_lossy_proxy(port, broker_port=site.broker.port, chance=chance) as proxy:
        site.restart("hub", "link")
        await busy.while_busy(trouble(proxy, busy))
        proxy.is_calm = True
        await asyncio.to_thread(site.change, GroupAdd("the-last"))  # what was on its way before it is there by then
        await asyncio.to_thread(site.wait_until_synchronous)
        return proxy.cuts


async def trouble(proxy: LossyProxy, busy: BusySite) -> None:
    """Have connections cut until enough were, and enough was accepted over them."""
    await proxy.until_cut(CUTS)
    while len(busy.told.accepted) < CUTS / 6:
        await proxy.until_cut(proxy.cuts + 1)


@pytest.mark.long
def test_changes_and_records_arrive_once_over_connections_that_are_cut(chance: random.Random) -> None:
    with a_running_site() as site:
        port = free_port()
        site.move_behind(port)
        del site.account  # the admin reaches the broker by the new port, too
        busy = BusySite(site)
        cuts = asyncio.run(suffer(site, busy, port=port, chance=chance))
        print(f"{cuts} cuts, {len(busy.told.accepted)} changes, {len(site.held_records())} records")
        prove_the_records(site)
        prove_the_changes(busy)

    assert cuts >= CUTS
    assert len(busy.told.accepted) >= CUTS / 6
