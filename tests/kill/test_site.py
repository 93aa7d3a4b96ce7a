"""`kill -9` of any process of a site at any time: nothing that was acknowledged is lost, nothing is done twice.

`make test-kill` kills 300 times here, at four sites, over door, keeper, link, hub, broker and the readers' simulator,
and 300 times the door alone in ``test_door``; `make test` 6 and 20 times.
"""

import asyncio
import random

import pytest

from doorctl.wire.commands import GrantAdd, GroupAdd
from tests.kill.site_killer import SiteKiller
from tests.system.busy_site import BusySite
from tests.system.proofs import prove_the_changes, prove_the_records, prove_the_releases
from tests.system.site import ADA, SERVER_ROOM, a_running_site

ROUND = 30


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "kills", [6, *(pytest.param(75, marks=pytest.mark.long, id=f"75-at-site-{number}") for number in range(1, 5))]
)
def test_a_site_whose_processes_are_killed_at_any_time_loses_nothing_acknowledged(
    kills: int, chance: random.Random
) -> None:
    with a_running_site() as site:
        site.rewrite_configs("unlock_seconds = 1.0", "unlock_seconds = 0.02")
        site.change(GrantAdd("grant-1", SERVER_ROOM, holder=ADA))
        site.restart("door")
        busy, killer, releases = BusySite(site), SiteKiller(site, chance), 0
        while killer.kills.total() < kills:
            asyncio.run(busy.while_busy(killer.kill_on(min(ROUND, kills - killer.kills.total()))))
            site.change(GroupAdd(f"after-{killer.kills.total()}"))  # what was on its way before it is there by then
            site.wait_until_synchronous()
            prove_the_records(site)
            prove_the_changes(busy)
            releases = prove_the_releases(site)
        told = f"{len(busy.told.accepted)} changes, {releases} releases, {site.log_size()} records"
        print(f"killed {dict(killer.kills)}; {told}")

    assert releases >= kills / 4
    assert len(busy.told.accepted) >= kills / 6
