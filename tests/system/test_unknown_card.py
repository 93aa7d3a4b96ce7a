"""A card without a number over all processes: a door does not know it, an admin gives it away, the door opens."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from doorctl.core.reasons import Outcome, Reason
from doorctl.demo.witness import wait_for
from tests.cli.sites import run
from tests.system.site import FLOOR, PATIENCE_SECONDS, STRANGER, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with RunningSite() as site:
        site.set_up()
        site.run_everything()
        yield site


def ask(site: RunningSite, *words: str) -> list[Any]:
    result = run(*words, "--config", str(site.admin_config), "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_card_that_a_door_did_not_know_is_given_by_its_code_and_opens(site: RunningSite) -> None:
    denied = site.decide(STRANGER)
    (told,) = wait_for(
        lambda: ask(site, "card", "last-unknown", FLOOR) or None, what="its upload", seconds=PATIENCE_SECONDS
    )

    ask(site, "person", "add", "grace")
    ask(site, "grant", "grace", FLOOR)
    site.wait_until_applied(ask(site, "card", "add", "grace", "--unknown", told["code"])[0]["revision"])
    site.until(
        lambda: site.decide(STRANGER, seconds=PATIENCE_SECONDS).outcome is Outcome.GRANTED, what="grace's card"
    )

    assert denied.reason is Reason.UNKNOWN_CARD
    assert (told["reader"], told["last_hour"]) == (f"{FLOOR}-in", 1)
    assert [row["handle"] for row in ask(site, "card", "find", "9,9999")] == ["grace"]
