"""A new card over all processes: an admin puts a reader in enrolment, it is shown twice, and it opens."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from doorctl.audit.leaf import Leaf
from doorctl.core.records import RecordKind
from tests.system.site import CARD, FLOOR, PATIENCE_SECONDS, STRANGER, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
READER = f"{FLOOR}-in"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with RunningSite() as site:
        site.set_up()
        site.run_everything()
        yield site


class Enrolling:
    """``doorctl card enrol`` of a process of its own, which has put the reader in enrolment."""

    def __init__(self, site: RunningSite) -> None:
        words = ("card", "enrol", "grace", "--door", FLOOR, "--reader", READER, "--within", "120s", "--json")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "doorctl", *words, "--config", str(site.admin_config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.told = [json.loads(self._process.stdout.readline()) for _ in range(2)]

    def give_up(self) -> None:
        """End the command; whatever it has begun goes on."""
        self._process.kill()
        self._process.communicate()

    def answers(self, typed: str) -> tuple[int, list[Any], str]:
        """Type an answer; return the exit code, what was told since, and what it asked."""
        told, asked = self._process.communicate(typed, timeout=4 * PATIENCE_SECONDS)
        return self._process.returncode, [json.loads(line) for line in told.splitlines() if line.strip()], asked


def test_a_new_card_that_is_shown_twice_is_given_after_its_code_and_opens(site: RunningSite) -> None:
    site.ask("person", "add", "grace")
    site.ask("grant", "grace", FLOOR)
    site.wait_until_it_opens()

    refused = Enrolling(site)
    for card in (CARD, STRANGER, STRANGER):
        site.swipe(READER, card)
    nothing = refused.answers("n\n")
    cards_before = site.ask("list", "cards")
    agreed = Enrolling(site)
    for _ in range(2):
        site.swipe(READER, STRANGER)
    code, told, asked = agreed.answers("y\n")
    (seen,) = site.ask("card", "last-unknown", FLOOR, "--last", "1")

    assert [each["verdict"] for each in (*refused.told, *agreed.told)] == ["accepted", "done"] * 2
    assert (nothing[:2], [row["handle"] for row in cards_before]) == ((1, []), ["ada"])
    assert code == 0, asked
    assert f"The card {told[-1]['code']} came twice" in asked
    assert seen["code"] == told[-1]["code"]
    assert [row["handle"] for row in site.ask("card", "find", "9,9999")] == ["grace"]
    site.wait_until_granted(STRANGER)


def shown_since(site: RunningSite, size: int) -> list[Leaf]:
    """Return what was recorded of the card that was shown, of its enrolment or of a way in."""
    kinds = {RecordKind.ENROLMENT, RecordKind.DECISION, RecordKind.RELEASED}
    return [leaf for leaf in site.log.records(after=size - 1) if leaf.kind in kinds]


def test_no_card_opens_a_door_whose_reader_enrols_and_a_restart_ends_that(site: RunningSite) -> None:
    site.ask("person", "add", "grace")
    site.wait_until_it_opens()
    site.wait_until_secured()
    enrolling = Enrolling(site)
    size = site.log_size()
    site.swipe(READER, CARD)
    site.until(lambda: bool(shown_since(site, size)), what="the refusal of ada's card")
    refused = shown_since(site, size)

    site.restart("door")
    enrolling.give_up()

    assert [(leaf.kind, leaf.detail.split()[0]) for leaf in refused] == [(RecordKind.ENROLMENT, "known")]
    site.wait_until_it_opens()
