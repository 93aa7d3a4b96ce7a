"""``doorctl card limit``, and ``card add`` with limits: of a real hub."""

import json

import pytest

from tests.cli.sites import ASite

CARD, OTHER = "H10301:7:1", "H10301:7:2"


@pytest.fixture(scope="module")
def people(site: ASite) -> ASite:
    """Ada has a card with limits, Grace one without."""
    for words in ("person add ada", f"card add ada {CARD} --for 8h --uses 5", "person add grace"):
        site.ask(*words.split())
    site.ask("card", "add", "grace", OTHER)
    return site


def shown(site: ASite, card: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(site.admin("card", "limit", card, "--json").stdout)
    return {name: found[name] for name in ("handle", "uses", "first_use_seconds", "used")}


def test_a_card_is_shown_with_its_limits_and_what_is_known_of_its_use(people: ASite) -> None:
    assert [shown(people, card) for card in (CARD, OTHER)] == [
        {"handle": "ada", "uses": 5, "first_use_seconds": 28_800, "used": 0},
        {"handle": "grace", "uses": None, "first_use_seconds": None, "used": None},
    ]
    assert " 8h " in people.admin("card", "limit", CARD).stdout


def test_limits_are_said_anew_or_end(people: ASite) -> None:
    told = [people.change("card", "limit", OTHER, *words)["change"] for words in (["--uses", "1"], ["--none"])]

    assert told == ["the card counts for 1 use(s), from now on", "the card has no such limits any more"]
    assert shown(people, OTHER)["uses"] is None


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([CARD, "--uses", "0"], 2, "Invalid value"),
        ([CARD, "--for", "8"], 2, "8 of what?"),
        ([CARD, "--for", "366d"], 2, "not between 1m and 365d"),
        ([CARD, "--none", "--uses", "3"], 2, "either --none"),
        (["H10301:7:99"], 1, "belongs to nobody"),
    ],
)
def test_limits_that_cannot_be_are_refused(people: ASite, words: list[str], code: int, sentence: str) -> None:
    result = people.admin("card", "limit", *words)

    assert (result.exit_code, sentence in result.output) == (code, True)


def test_the_list_of_cards_tells_limits(people: ASite) -> None:
    told = {row["handle"]: (row["uses"], row["used"]) for row in people.ask("list", "cards")}

    assert told["ada"] == (5, 0)
