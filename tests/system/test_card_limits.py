"""Limits of cards, training and longer times over all processes: set by commands, counted at the door, told back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.cli.sites import run
from tests.system.site import CARD, FLOOR, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]

RELEASE_SECONDS = 9
"""Longer than the doors of the site release for."""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        site.wait_until_it_opens()
        yield site


def ask(site: RunningSite, *words: str) -> str:
    result = run(*words, "--config", str(site.admin_config), "--json")
    assert result.exit_code == 0, result.output
    return result.stdout


def used(site: RunningSite) -> object:
    return json.loads(ask(site, "card", "limit", CARD))["used"]


def test_a_use_counts_at_once_and_is_forgiven_everywhere_when_nobody_opened(site: RunningSite) -> None:
    ask(site, "card", "limit", CARD, "--uses", "1")
    site.until(lambda: site.log.records()[-1].kind is RecordKind.POLICY_APPLIED, what="the limits at the door")
    told = [site.decide(CARD) for _ in range(2)]
    site.until(
        lambda: any(b'"use forgiven"' in leaf for leaf in site.held_records()), what="at the hub that nobody opened"
    )

    assert [it.reason for it in told] == [Reason.GRANTED, Reason.USES_SPENT]
    assert told[0].detail == "use 1 of 1"
    assert used(site) == 0
    assert site.decide(CARD).reason is Reason.GRANTED


def test_a_zone_asks_for_a_training_and_waits_for_whom_the_usual_time_is_too_short(site: RunningSite) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    ask(site, "person", "access", "ada", "--release", f"{RELEASE_SECONDS}s")
    ask(site, "zone", "training", FLOOR, "--course", "ladder", "--within", "365d")
    site.assert_denies(why=Reason.TRAINING_MISSING)
    ask(site, "person", "trained", "ada", "--course", "ladder", "--on", yesterday)
    site.wait_until_it_opens()

    released = moves(site, RecordKind.RELEASED)[-1]
    site.until(lambda: moves(site, RecordKind.RELOCKED)[-1:] > [released], what="that the strike is secured")
    assert moves(site, RecordKind.RELOCKED)[-1] - released > (RELEASE_SECONDS - 1) * 1000


def moves(site: RunningSite, kind: RecordKind) -> list[int]:
    """Return when the strike of the floor was released, or secured, in milliseconds since the boot."""
    return [it.mono_ms for it in site.log.records() if it.kind is kind and it.door == FLOOR]
