"""Passing back over all processes: asked for by command, counted at the door, told at the hub, alerted, forgiven."""

import json
from collections.abc import Iterator

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from tests.hardware.watcher import Watcher
from tests.system.site import CARD, FLOOR, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
TO_WALK_SECONDS = 8.0
"""Whoever opens a door later than this after the card has forced it."""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        site.rewrite_configs("unlock_seconds = 1.0", f"unlock_seconds = {TO_WALK_SECONDS}")
        site.stop("door")
        site.start_door()
        site.wait_until_it_opens()
        site.wait_until_secured()
        yield site


def count(site: RunningSite, kind: RecordKind) -> int:
    return sum(record.kind is kind for record in site.log.records())


def pass_the_door(site: RunningSite) -> None:
    """Open the door and close it, as who was let in does."""
    entered = count(site, RecordKind.ENTERED)
    for active in (True, False):
        watcher = Watcher(site.controller / "run" / "board.sock")
        watcher.send(json.dumps({"input": f"{FLOOR}.contact", "active": active}).encode() + b"\n")
        if active:
            site.until(lambda: count(site, RecordKind.ENTERED) > entered, what="the entry")
        watcher.close()


def test_who_is_inside_enters_no_more_until_an_admin_forgives_it(site: RunningSite) -> None:
    told = site.ask("zone", "occupancy", FLOOR, "--passback", "hard", "--most", "8")
    site.wait_until_applied(told[-1]["revision"])
    first = site.decide(CARD)
    pass_the_door(site)
    site.until(lambda: site.ask("occupancy", FLOOR)[0]["inside"] == 1, what="the count at the hub")
    site.kill("door")
    site.start_door()
    site.assert_denies(why=Reason.PASSBACK)

    site.until(lambda: bool(site.alerts(RuleName.PASSBACK)), what="the alert")
    site.ask("passback", "reset", "ada")
    site.until(lambda: count(site, RecordKind.OCCUPANCY_RESET) == 1, what="the reset")
    again = site.decide(CARD)

    assert (first.reason, again.reason) == (Reason.GRANTED, Reason.GRANTED)
    site.until(lambda: site.ask("occupancy", FLOOR)[0]["inside"] == 0, what="the reset at the hub")
