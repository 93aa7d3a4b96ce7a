"""Classes and threat levels over all processes: from an officer's word to the strike, and with the network away."""

from collections.abc import Iterator

import pytest

from doorctl.cli.desk import private_card
from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.wire.classes import CardClassSet, ZoneClassesSet
from doorctl.wire.commands import Verb
from doorctl.wire.threats import ClearanceSet, ThreatSet, ZoneThreatSet
from tests.system.site import ADA, CARD, FLOOR, RunningSite

pytestmark = pytest.mark.timeout(600)
READERS = ZoneClassesSet(FLOOR, (ReaderClass.TEXT,))
CARDS = ZoneClassesSet(FLOOR, (ReaderClass.WIEGAND,), tuple(sorted(NOT_CLONABLE)))
AT_3 = ZoneThreatSet(FLOOR, 3, Factor.CARD, 2)


@pytest.fixture
def site() -> Iterator[RunningSite]:
    """A running site, with a reader on wires at floor 3."""
    with RunningSite() as site:
        site.set_up()
        site.run_everything()
        yield site


def say(site: RunningSite, do: Verb, *, card: str = "") -> None:
    """Have an admin say something, and wait until the door goes by it."""
    site.wait_until_applied(site.change(do, private_card(card) if card else None).revision)


def test_a_zone_takes_the_classes_that_it_names_and_asks_for_more_by_threat(site: RunningSite) -> None:
    site.wait_until_it_opens()

    say(site, READERS)
    site.assert_denies(why=Reason.READER_CLASS)
    say(site, CARDS)
    site.assert_denies(why=Reason.CARD_CLASS)
    say(site, CardClassSet(CardClass.DESFIRE), card=CARD)
    site.wait_until_it_opens()
    say(site, AT_3)
    say(site, ThreatSet(3))
    site.assert_denies(why=Reason.CLEARANCE_TOO_LOW)
    told = site.status().threat
    site.broker.kill()
    site.assert_denies(why=Reason.CLEARANCE_TOO_LOW)
    site.broker.start()
    say(site, ClearanceSet(ADA, 2))
    site.assert_opens()

    assert told == 3
