"""``doorctl card last-unknown``, and ``card add --unknown``: a card without a number, by its code; of a real hub."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from doorctl.audit.leaf import Leaf, PolicyMark
from doorctl.cli.cards.unknown_cards import Sighting, UnknownCard, by_card
from doorctl.core.reasons import Outcome, Reason
from doorctl.keys.card_keys import load_card_keys
from tests.cli.sites import ALog, ASite, a_decision, join_controller

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BADGE = "uid:04A2B3C4"
OTHERS = "c0ffee00" + "e" * 56


def seen(
    seq: int, door: str, credential: str, *, minutes_ago: int = 0, revision: int = 1, age_seconds: float | None = 2.0
) -> tuple[Leaf, str]:
    """Make the record of an unknown card; of a door with a policy of this revision and age; no key is no opening."""
    leaf, subject = a_decision(seq, door, Outcome.DENIED, subject=f"credential:{credential}" if credential else "")
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    return replace(leaf, at=at, reason=Reason.UNKNOWN_CARD, policy=PolicyMark(1, revision, age_seconds)), subject


def key_of(site: ASite) -> str:
    """Make the credential key of the badge, as a door does."""
    return load_card_keys(site.folder / "hub" / "state" / "card.keys").credential_key(BADGE).hex()


@pytest.fixture(scope="module")
def log(site: ASite) -> ALog:
    """Bring a badge twice, another once, one without opening, one at another door, and one of long ago."""
    site.ask("person", "add", "ada")
    site.ask("zone", "add", "floor-3", "--kind", "floor")
    site.ask("door", "add", "front", "floor-3")
    join_controller(site)
    log = ALog(site)
    log.bring(
        seen(0, "front", "a" * 64, minutes_ago=8 * 24 * 60),
        seen(1, "front", key_of(site), minutes_ago=180),
        seen(2, "front", OTHERS, minutes_ago=90),
        seen(3, "front", key_of(site), minutes_ago=10),
        seen(4, "front", "", minutes_ago=5),
        seen(5, "back", "b" * 64, minutes_ago=5),
    )
    return log


def test_the_sightings_of_a_card_are_one_line_the_newest_first() -> None:
    def at(minutes: int, credential: str | None) -> Sighting:
        return Sighting(NOON - timedelta(minutes=minutes), "in", credential)

    cards = by_card([at(70, "ab" * 32), at(59, "ab" * 32), at(30, None), at(2, "ab" * 32)], at=NOON)

    assert cards == [
        UnknownCard(NOON - timedelta(minutes=2), "in", "abababab", last_hour=2, last_days=3),
        UnknownCard(NOON - timedelta(minutes=30), "in", None, last_hour=1, last_days=1),
    ]


def test_a_doors_unknown_cards_of_a_week_are_told_by_code_and_how_often(log: ALog) -> None:
    told = log.site.ask("card", "last-unknown", "front")

    assert [(row["code"], row["last_hour"], row["last_7_days"]) for row in told] == [
        (None, 1, 1),
        (key_of(log.site)[:8], 1, 2),
        ("c0ffee00", 0, 1),
    ]
    assert {row["reader"] for row in told} == {"front-in"}


def test_only_so_many_are_told_as_are_asked_for(log: ALog) -> None:
    assert [row["code"] for row in log.site.ask("card", "last-unknown", "front", "--last", "1")] == [None]


def test_a_door_that_is_not_there_is_told(log: ALog) -> None:
    result = log.site.admin("card", "last-unknown", "frnt")

    assert result.exit_code == 0
    assert "there is no door frnt now" in result.stderr
    assert result.stdout == "No card that frnt did not know is recorded in the last 7 days.\n"


def test_an_unknown_card_becomes_somebodys_by_its_code(log: ALog) -> None:
    site = log.site
    added = site.change("card", "add", "ada", "--unknown", key_of(site)[:8].upper(), "--no-wait")

    assert added["verdict"] == "accepted"
    assert [row["handle"] for row in site.ask("card", "find", BADGE)] == ["ada"]
    assert "card-taken" in site.admin("card", "add", "ada", "--unknown", key_of(site)[:8]).stderr


def test_an_unknown_card_takes_the_place_of_a_lost_one_by_its_code(log: ALog) -> None:
    site = log.site
    log.bring(seen(6, "front", "5e" * 32))
    site.ask("person", "add", "grace", "--no-wait")
    site.ask("card", "add", "grace", "H10301:77:7", "--no-wait")

    replaced = site.change("card", "replace", "grace", "--unknown", "5e5e5e5e", "--no-wait")

    assert replaced["change"] == "card replaced: the old one is lost"
    assert {(row["format"], row["status"]) for row in site.ask("list", "cards") if row["handle"] == "grace"} == {
        ("H10301", "lost"),
        ("credential", "active"),
    }


@pytest.mark.parametrize("code", ["deadbeef", "a" * 8])
def test_a_code_that_leads_to_no_card_of_the_week_says_what_to_do(log: ALog, code: str) -> None:
    result = log.site.admin("card", "add", "ada", "--unknown", code)

    assert result.exit_code == 1
    assert "show the card at a door" in result.stderr


def test_a_code_of_two_cards_is_refused(log: ALog) -> None:
    log.bring(seen(7, "front", "c0ffee00" + "d" * 56, minutes_ago=1))

    result = log.site.admin("card", "add", "ada", "--unknown", "c0ffee00")

    assert result.exit_code == 1
    assert "2 unknown cards have this code" in result.stderr


@pytest.mark.parametrize(
    "words", [(), ("H10301:1:1", "--unknown", "c0ffee00"), ("--unknown", "c0ffee"), ("--unknown", "x" * 8)]
)
def test_a_card_is_named_once_by_text_or_code(log: ALog, words: tuple[str, ...]) -> None:
    assert log.site.admin("card", "add", "ada", *words).exit_code == 2


def test_after_the_card_keys_were_rotated_a_card_must_be_shown_again(log: ALog) -> None:
    site = log.site
    rotated = site.ask("card", "rotate-keys", "--no-wait")[0]["revision"]
    log.bring(
        seen(8, "front", "d1" * 32, revision=rotated - 1, age_seconds=None),
        seen(9, "front", "d2" * 32, revision=rotated),
        seen(10, "front", "d3" * 32, revision=rotated + 99, minutes_ago=1),  # of another policy epoch
    )

    codes = (OTHERS, "d1d1d1d1", "d2d2d2d2", "d3d3d3d3")
    results = [site.admin("card", "add", "ada", "--unknown", code, "--no-wait") for code in codes]

    assert [result.exit_code for result in results] == [1, 1, 0, 1]
    assert ["the card keys were rotated since" in result.stderr for result in results] == [True, True, False, True]
