"""The door beside real keepers and links that never started, were stopped or were killed: it starts and decides."""

from collections.abc import Callable, Iterator

import pytest

from doorctl.core.reasons import Reason
from tests.system.site import CARD, FLOOR, RunningSite, a_running_site


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        yield site


@pytest.mark.parametrize("end", [RunningSite.stop, RunningSite.kill], ids=["stopped", "killed"])
def test_a_door_starts_and_decides_without_keeper_and_link(
    site: RunningSite, end: Callable[[RunningSite, str], None]
) -> None:
    for name in ("link", "keeper", "door"):
        end(site, name)
    site.start_door()
    site.assert_decides()
    site.start("keeper")
    site.start("link")

    site.wait_until_synchronous()
    assert site.held_records() == site.records()[: len(site.held_records())]


def test_a_door_whose_keeper_and_link_never_started_denies_until_they_bring_a_policy() -> None:
    with RunningSite() as site:
        site.set_up()
        for name in ("hub", "readers"):
            site.start(name)
        site.start_door()
        denied = site.decide(CARD)
        moved = site.releases(FLOOR)
        site.start("keeper")
        site.start("link")
        site.grant_ada()

        assert (denied.reason, moved) == (Reason.NO_POLICY, [])
        site.assert_opens()
