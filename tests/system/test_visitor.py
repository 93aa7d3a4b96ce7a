"""A visitor over all processes: from the reception's command to the strike, and to what the hub's records say."""

from collections.abc import Iterator

import pytest

from doorctl.audit.leaf import Leaf
from doorctl.cli.desk import private
from doorctl.core.model import Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.wire.commands import PersonSet
from doorctl.wire.visits import SponsorSet, VisitorIn, VisitorOut
from tests.system.databases import reading
from tests.system.site import ADA, CARD, FLOOR, RunningSite, a_running_site

pytestmark = pytest.mark.timeout(600)
BADGE, VISITOR = "H10301:7:70", "alan-0"
HOUR = 3600
ONLY_GUESTS = {Reason.ESCORT_AWAITED, Reason.SPONSOR_DENIED}
_SPONSORS = """
SELECT o.subject, json_extract(CAST(r.leaf AS TEXT), '$.of') FROM records AS r
JOIN openings AS o USING (controller, log_epoch, seq) WHERE r.kind = 'sponsor' ORDER BY seq
"""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        yield site


def of_the_guest(site: RunningSite, escorted: Leaf) -> list[int]:
    """Return the decisions about the guest: the one that let in, and every denial that only a guest can have."""
    decided = (leaf for leaf in site.log.records() if leaf.kind is RecordKind.DECISION)
    return [leaf.seq for leaf in decided if leaf.seq == escorted.seq or not ONLY_GUESTS.isdisjoint(leaf.reasons)]


def test_a_guest_comes_in_behind_the_host_and_no_longer_than_the_host_may(site: RunningSite) -> None:
    with reading(site.site_db) as hub:
        (now,) = hub.execute("SELECT unixepoch()").fetchone()
    site.change(SponsorSet(ADA, (FLOOR,), 1, 8 * HOUR))
    guest = VisitorIn(VISITOR, ADA, now + HOUR, (FLOOR,))
    site.wait_until_applied(site.change(guest, private(handle="alan", name="Alan", card=BADGE)).revision)

    alone = site.first_decision(BADGE)
    site.assert_opens()
    site.wait_until_secured()
    released = len(site.releases(FLOOR))
    escorted = site.decide(BADGE)
    site.until(lambda: len(site.releases(FLOOR)) > released, what="the release")
    site.wait_until_secured()
    site.wait_until_applied(site.change(PersonSet(ADA, Status.SUSPENDED)).revision)
    with_a_suspended_host = site.first_decision(BADGE)
    site.wait_until_applied(site.change(PersonSet(ADA, Status.ACTIVE)).revision)
    site.wait_until_it_opens()
    site.wait_until_applied(site.change(VisitorOut(), private(card=BADGE)).revision)
    afterwards = site.first_decision(BADGE)
    site.wait_until_synchronous()

    assert alone.reason is Reason.ESCORT_AWAITED
    assert (escorted.outcome, escorted.reason) == (Outcome.GRANTED, Reason.GRANTED)
    assert Reason.SPONSOR_DENIED in with_a_suspended_host.reasons
    assert afterwards.reason is Reason.UNKNOWN_CARD
    with reading(site.site_db) as hub:
        named = hub.execute(_SPONSORS).fetchall()
    assert named == [(f"holder:{ADA}", seq) for seq in of_the_guest(site, escorted)]
    assert {alone.seq, escorted.seq, with_a_suspended_host.seq} <= {seq for _, seq in named}
    assert site.decide(CARD).outcome is Outcome.GRANTED
