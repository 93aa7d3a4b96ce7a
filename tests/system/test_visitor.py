"""A visitor over all processes: from the reception's command to the strike, and to what the hub's records say."""

from collections.abc import Iterator

import pytest

from doorctl.audit.leaf import Leaf
from doorctl.cli.desk import private
from doorctl.core.model import Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.demo.witness import wait_for
from doorctl.wire.commands import PersonSet
from doorctl.wire.visits import SponsorSet, VisitorIn, VisitorOut
from tests.system.site import ADA, CARD, FLOOR, RunningSite, a_running_site, reading

pytestmark = pytest.mark.timeout(120)
BADGE, VISITOR = "H10301:7:70", "alan-0"
HOUR = 3600
_SPONSORS = """
SELECT o.subject, json_extract(CAST(r.leaf AS TEXT), '$.of') FROM records AS r
JOIN openings AS o USING (controller, log_epoch, seq) WHERE r.kind = 'sponsor' ORDER BY seq
"""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        yield site


def at_rest(site: RunningSite) -> None:
    site.until(lambda: not site.is_released(FLOOR), what="the strike to be secured")


def denied(site: RunningSite) -> Leaf:
    """Show the badge until its denial is recorded: of refusals one a second is."""
    before = site.log_size() - 1

    def denial() -> Leaf | None:
        site.swipe(f"{FLOOR}-in", BADGE)
        return site.log.decision(FLOOR, after=before)

    return wait_for(denial, what="a denial", seconds=site.patience)


def test_a_guest_comes_in_behind_the_host_and_no_longer_than_the_host_may(site: RunningSite) -> None:
    with reading(site.site_db) as hub:
        (now,) = hub.execute("SELECT unixepoch()").fetchone()
    site.change(SponsorSet(ADA, (FLOOR,), 1, 8 * HOUR))
    guest = VisitorIn(VISITOR, ADA, now + HOUR, (FLOOR,))
    site.wait_until_applied(site.change(guest, private(handle="alan", name="Alan", card=BADGE)).revision)

    alone = denied(site)
    site.assert_opens()
    at_rest(site)
    escorted, released = site.decide(BADGE), len(site.releases(FLOOR))
    site.until(lambda: len(site.releases(FLOOR)) > released or site.is_released(FLOOR), what="the release")
    at_rest(site)
    site.wait_until_applied(site.change(PersonSet(ADA, Status.SUSPENDED)).revision)
    with_a_suspended_host = denied(site)
    site.wait_until_applied(site.change(PersonSet(ADA, Status.ACTIVE)).revision)
    site.wait_until_it_opens()
    site.wait_until_applied(site.change(VisitorOut(), private(card=BADGE)).revision)
    afterwards = denied(site)
    site.wait_until_synchronous()

    assert alone.reason is Reason.ESCORT_AWAITED
    assert (escorted.outcome, escorted.reason) == (Outcome.GRANTED, Reason.GRANTED)
    assert Reason.SPONSOR_DENIED in with_a_suspended_host.reasons
    assert afterwards.reason is Reason.UNKNOWN_CARD
    with reading(site.site_db) as hub:
        named = hub.execute(_SPONSORS).fetchall()
    assert named == [(f"holder:{ADA}", each.seq) for each in (alone, escorted, with_a_suspended_host)]
    assert site.decide(CARD).outcome is Outcome.GRANTED
