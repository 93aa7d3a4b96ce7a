"""What is printed on a card leads to the card's text, among not too many."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.card_text import canonical_card
from firmware_bridge.printed_numbers import Reading, readings_of
from firmware_bridge.wiegand import CardDoesNotFit

SAMPLES = json.loads((Path(__file__).parent.parent / "vectors" / "printed_numbers.json").read_text())
MOST_CARDS = 2000
"""A hub answers 20,000 an hour."""


def cards(*printed: str) -> list[str]:
    return [card for reading in readings_of(printed) for card in reading.cards()]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['printed']} is {sample['card']}")
def test_a_printed_number_leads_to_the_card(sample: dict[str, str]) -> None:
    assert sample["card"] in cards(sample["printed"]), sample["rule"]


def test_a_facility_code_and_a_number_may_be_typed_apart() -> None:
    assert "H10301:123:4567" in cards("123", "4567")


def test_two_numbers_of_one_card_each_lead_to_it() -> None:
    assert {"em4100:3C00CE754C", "H10301:206:30028"} <= set(cards("0013530444", "206,30028"))


def test_no_card_is_told_twice() -> None:
    found = [reading.card for reading in readings_of(("0013530444", "0013530444"))]

    assert len(found) == len(set(found))


def test_a_byte_that_print_leaves_out_is_tried() -> None:
    assert Reading("em4100:??00CE754C", "").cards()[:2] == ("em4100:0000CE754C", "em4100:0100CE754C")
    assert Reading("H10301:*:7", "").cards()[-1] == "H10301:255:7"


@pytest.mark.parametrize("printed", ["", "?", "Ada", "1" * 65, "12,34,56", "٣٣٣٣"])
def test_what_numbers_no_card_is_refused(printed: str) -> None:
    with pytest.raises(CardDoesNotFit, match="no card is numbered so"):
        readings_of((printed,))


printable = st.one_of(
    st.integers(0, 2**80).map(str),
    st.binary(min_size=3, max_size=10).map(bytes.hex),
    st.tuples(st.integers(0, 2**24), st.integers(0, 2**36)).map(lambda pair: f"{pair[0]},{pair[1]}"),
    st.text("0123456789abcdefABCDEF:,./- ", max_size=20),
)


@given(printable)
def test_whatever_is_found_is_a_card_in_the_form_of_readers_and_not_too_many(printed: str) -> None:
    try:
        found = cards(printed)
    except CardDoesNotFit:
        return

    assert found == [canonical_card(card) for card in found]
    assert len(found) <= MOST_CARDS
