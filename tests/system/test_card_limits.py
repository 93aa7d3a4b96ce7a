"""Limits of cards, training and longer times over all processes: set by commands, counted at the door, told back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.system.site import CARD, FLOOR, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

UNLOCK_SECONDS, RELEASE_SECONDS = 6.0, 15
"""How long the doors of the site release for: so long a use counts that nobody made; and longer."""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        site.rewrite_configs("unlock_seconds = 1.0", f"unlock_seconds = {UNLOCK_SECONDS}")
        site.stop("door")
        site.start_door()
        site.wait_until_it_opens()
        site.wait_until_secured()
        yield site


def used(site: RunningSite) -> object:
    (shown,) = site.ask("card", "limit", CARD)
    return shown["used"]


def test_a_use_counts_at_once_and_is_forgiven_everywhere_when_nobody_opened(site: RunningSite) -> None:
    site.wait_until_applied(site.ask("card", "limit", CARD, "--uses", "1")[-1]["revision"])
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
    site.ask("person", "access", "ada", "--release", f"{RELEASE_SECONDS}s")
    site.ask("zone", "training", FLOOR, "--course", "ladder", "--within", "365d")
    site.assert_denies(why=Reason.TRAINING_MISSING)
    site.ask("person", "trained", "ada", "--course", "ladder", "--on", yesterday)
    before = len(moves(site, RecordKind.RELEASED))
    site.wait_until_it_opens()

    site.until(lambda: len(moves(site, RecordKind.RELEASED)) > before, what="the release")
    released = moves(site, RecordKind.RELEASED)[before]
    site.until(lambda: moves(site, RecordKind.RELOCKED)[-1:] > [released], what="that the strike is secured")
    assert moves(site, RecordKind.RELOCKED)[-1] - released > 1.5 * UNLOCK_SECONDS * 1000


def moves(site: RunningSite, kind: RecordKind) -> list[int]:
    """Return when the strike of the floor was released, or secured, in milliseconds since the boot."""
    return [it.mono_ms for it in site.log.records() if it.kind is kind and it.door == FLOOR]
