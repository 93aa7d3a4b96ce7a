"""A card without a number over all processes: a door does not know it, an admin gives it away, the door opens."""

from collections.abc import Iterator

import pytest

from doorctl.core.reasons import Reason
from doorctl.demo.witness import wait_for
from tests.system.site import FLOOR, STRANGER, UNTIL_SECONDS, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with RunningSite() as site:
        site.set_up()
        site.run_everything()
        yield site


def test_a_card_that_a_door_did_not_know_is_given_by_its_code_and_opens(site: RunningSite) -> None:
    denied = site.decide(STRANGER)
    (told,) = wait_for(
        lambda: site.ask("card", "last-unknown", FLOOR) or None, what="its upload", seconds=UNTIL_SECONDS
    )

    site.ask("person", "add", "grace")
    site.ask("grant", "grace", FLOOR)
    site.wait_until_applied(site.ask("card", "add", "grace", "--unknown", told["code"])[0]["revision"])
    site.wait_until_granted(STRANGER)

    assert denied.reason is Reason.UNKNOWN_CARD
    assert (told["reader"], told["last_hour"]) == (f"{FLOOR}-in", 1)
    assert [row["handle"] for row in site.ask("card", "find", "9,9999")] == ["grace"]
