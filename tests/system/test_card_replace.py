"""A lost card over all processes: replaced by one command, it is known as lost at the door, and the new one opens."""

from collections.abc import Iterator

import pytest

from doorctl.core.reasons import Outcome, Reason
from tests.cli.sites import run
from tests.system.site import CARD, PATIENCE_SECONDS, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]

NEW, SECOND = "H10301:7:7001", "H10301:7:7002"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        site.wait_until_it_opens()
        yield site


def ask(site: RunningSite, *words: str) -> None:
    result = run(*words, "--config", str(site.admin_config), "--json")
    assert result.exit_code == 0, result.output


def test_a_replaced_card_is_denied_as_lost_and_both_others_of_its_holder_open(site: RunningSite) -> None:
    ask(site, "card", "add", "ada", SECOND)
    before = site.decide(CARD)

    ask(site, "card", "replace", CARD, NEW)
    after = [site.decide(card, seconds=PATIENCE_SECONDS) for card in (CARD, NEW, SECOND)]

    assert before.outcome is Outcome.GRANTED
    assert [leaf.reason for leaf in after] == [Reason.CREDENTIAL_LOST, Reason.GRANTED, Reason.GRANTED]
