"""Card and PIN over all processes: from the officer's command to the strike, and the alert of who is forced."""

from collections.abc import Iterator

import pytest

from doorctl.cli.desk import private
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.suspicion.alerts import RuleName
from doorctl.wire.commands import PinSet
from doorctl.wire.rights import ZoneFactorSet
from tests.system.site import ADA, CARD, FLOOR, RunningSite

pytestmark = pytest.mark.timeout(600)
READER = f"{FLOOR}-in"
PIN, DURESS, WRONG = "4711", "4712", "9753"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    """A running site with a keypad at the reader of floor 3."""
    with RunningSite() as site:
        site.set_up()
        site.give_keypad(READER)
        site.run_everything()
        yield site


def enter(site: RunningSite, pin: str) -> Reason | None:
    """Present Ada's card, key in a PIN, and tell why she was let in or not."""
    before = site.log_size() - 1
    site.swipe(READER, CARD)
    site.press(READER, f"{pin}#")
    site.until(lambda: site.log.decision(FLOOR, after=before) is not None, what="a decision")
    decision = site.log.decision(FLOOR, after=before)
    assert decision is not None
    return decision.reason


def test_a_zone_asks_for_card_and_pin_from_the_officers_word_on(site: RunningSite) -> None:
    site.wait_until_it_opens()

    site.change(PinSet(ADA), private(pin=PIN, duress=DURESS))
    site.wait_until_applied(site.change(ZoneFactorSet(FLOOR, Factor.CARD_AND_PIN)).revision)
    site.until(lambda: not site.is_released(FLOOR), what="the strike to be secured")
    released = len(site.releases(FLOOR))
    entered = [enter(site, pin) for pin in (PIN, WRONG, DURESS)]

    site.until(lambda: bool(site.alerts(RuleName.DURESS)), what="the alert of who is forced")
    assert entered == [Reason.GRANTED, Reason.WRONG_PIN, Reason.DURESS]
    assert len(site.releases(FLOOR)) > released
