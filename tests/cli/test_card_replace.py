"""``doorctl card replace``: the lost card by its number or by its holder; of a real hub."""

import json

import pytest

from tests.cli.sites import ASite

OLD, NEW, THIRD = "H10301:123:4567", "H10301:123:9876", "uid:04A2B3C4"


@pytest.fixture(scope="module")
def lab(site: ASite) -> ASite:
    """Ada's card opens the lab; Grace has none."""
    for words in (
        "zone add lab --kind floor",
        "door add front lab",
        "person add ada",
        f"card add ada {OLD} --until 2099-01-31",
        "grant ada lab",
        "person add grace",
    ):
        site.ask(*words.split())
    return site


def decided(site: ASite, card: str) -> tuple[str, str]:
    told = json.loads(site.admin("why", card, "front", "--json").stdout)
    return told["handle"], told["reason"]


def test_a_lost_card_is_replaced_by_its_number_and_then_the_new_one_by_its_holder(lab: ASite) -> None:
    by_number = lab.change("card", "replace", OLD, NEW)
    once = [decided(lab, card) for card in (OLD, NEW)]
    by_handle = lab.change("card", "replace", "ada", THIRD)
    twice = [decided(lab, card) for card in (OLD, NEW, THIRD)]

    assert by_number["change"] == by_handle["change"] == "card replaced: the old one is lost"
    assert once == [("ada", "credential_lost"), ("ada", "granted")]
    assert twice == [("ada", "credential_lost"), ("ada", "credential_lost"), ("ada", "granted")]
    assert {row["valid_until"] for row in lab.ask("list", "cards") if row["handle"] == "ada"} == {
        4073497200
    }  # a midnight in Paris


def test_a_card_without_a_number_is_replaced_by_its_key_in_the_list(lab: ASite) -> None:
    lab.ask("person", "add", "alan")
    for card in ("H10301:8:1", "H10301:8:2"):
        lab.ask("card", "add", "alan", card)
    (first, _) = [row["credential"] for row in lab.ask("list", "cards") if row["handle"] == "alan"]

    lab.ask("card", "replace", f"credential:{first}", "H10301:8:3")

    alans = [(row["credential"], row["status"]) for row in lab.ask("list", "cards") if row["handle"] == "alan"]
    assert ((first, "lost") in alans, sorted(status for _, status in alans)) == (True, ["active", "active", "lost"])


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("H10301:9:9", "H10301:9:8"), 1, "unknown-card: the old card belongs to nobody"),
        (("nobody", "H10301:9:8"), 1, "unknown-holder: no person has this handle"),
        (("grace", "H10301:9:8"), 1, "no-card: this person has no card"),
        (("ada", "--unknown", "c0ffee00"), 1, "unknown-card: no unknown card of this code was recorded"),
        (("ada",), 2, "name the card"),
        (("ada", "H10301:9:8", "--unknown", "c0ffee00"), 2, "name the card"),
        (("ada", "12345"), 2, "this is no card"),
        (("H10301:999:1", "H10301:9:8"), 2, "the facility code must be 0 to 255"),
    ],
)
def test_what_cannot_be_replaced_is_told_in_a_sentence(
    lab: ASite, words: tuple[str, ...], code: int, sentence: str
) -> None:
    result = lab.admin("card", "replace", *words)

    assert result.exit_code == code
    assert sentence in " ".join(result.stderr.split())
