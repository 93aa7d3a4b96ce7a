"""A lost card over all processes: replaced by one command, it is known as lost at the door, and the new one opens."""

from collections.abc import Iterator

import pytest

from doorctl.core.reasons import Outcome, Reason
from tests.system.site import CARD, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

NEW, SECOND = "H10301:7:7001", "H10301:7:7002"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        site.wait_until_it_opens()
        yield site


def test_a_replaced_card_is_denied_as_lost_and_both_others_of_its_holder_open(site: RunningSite) -> None:
    site.ask("card", "add", "ada", SECOND)
    before = site.decide(CARD)

    site.ask("card", "replace", CARD, NEW)
    after = [site.decide(card) for card in (CARD, NEW, SECOND)]

    assert before.outcome is Outcome.GRANTED
    assert [leaf.reason for leaf in after] == [Reason.CREDENTIAL_LOST, Reason.GRANTED, Reason.GRANTED]
