"""``doorctl card find``: whose a card is, by any number printed on it; asked of a real hub."""

import pytest

from tests.cli.sites import ASite

TAG = "em4100:3C00CE754C"


@pytest.fixture(scope="module")
def held(site: ASite) -> ASite:
    """Ada has an EM4100 tag, Grace a lost 26-bit card."""
    for handle, card in (("ada", TAG), ("grace", "H10301:123:4567")):
        site.ask("person", "add", handle)
        site.ask("card", "add", handle, card)
    site.ask("card", "lost", "H10301:123:4567")
    return site


@pytest.mark.parametrize("printed", ["0013530444", "206,30028", "20630028", "3C00CE754C", "0257711568204"])
def test_a_card_is_found_by_each_number_printed_on_it(held: ASite, printed: str) -> None:
    (found,) = held.ask("card", "find", printed)

    assert (found["card"], found["handle"], found["status"]) == (TAG, "ada", "active")


def test_it_is_told_how_the_number_was_read(held: ASite) -> None:
    told = held.admin("card", "find", "123/04567").stdout

    assert told.splitlines()[-1].split()[:2] == ["H10301:123:4567", "grace"]
    assert "lost" in told
    assert "facility code and number" in told


def test_two_numbers_may_be_facility_code_and_number(held: ASite) -> None:
    (found,) = held.ask("card", "find", "123", "4567")

    assert found["handle"] == "grace"


def test_with_all_every_card_that_it_may_be_is_shown(held: ASite) -> None:
    rows = held.ask("card", "find", "04567", "--all")

    assert [row["card"] for row in rows if row["handle"]] == ["H10301:123:4567"]
    assert len(rows) > 256


def test_a_number_of_no_card_held_says_what_to_do_next(held: ASite) -> None:
    result = held.admin("card", "find", "77,7")

    assert result.exit_code == 1
    assert "doorctl card last-unknown DOOR" in result.stdout


def test_what_numbers_no_card_is_wrong_use(held: ASite) -> None:
    result = held.admin("card", "find", "Ada")

    assert result.exit_code == 2
    assert "no card is numbered so" in result.stderr
