"""What people type as a card becomes the text that a reader gives, or is refused with what to change."""

import pytest

from firmware_bridge.card_text import canonical_card
from firmware_bridge.wiegand import CardDoesNotFit, UnknownFormat, frame_of_card, raw_text


@pytest.mark.parametrize(
    ("typed", "card"),
    [
        ("H10301:123:4567", "H10301:123:4567"),
        (" H10301:007:00042 ", "H10301:7:42"),
        ("ind26:1:2", "ind26:1:2"),
        ("2804W:1:2", "2804W:1:2"),
        ("em4100:3c00ce754c", "em4100:3C00CE754C"),
        ("uid:04a2b3c4d5e6f7", "uid:04A2B3C4D5E6F7"),
        ("raw:37:fffffffff8", "raw:37:FFFFFFFFF8"),
        ("line:0004335823", "line:0004335823"),
    ],
)
def test_card_is_normalised(typed: str, card: str) -> None:
    assert canonical_card(typed) == card


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "4567",
        "em4100:3C00",
        "em4100:3C00CE754G",
        "uid:123456",
        "raw:37:FF",
        "raw:37:FFFFFFFFFF",
        "raw:x:00",
        "ind26:1234",
        "H10301:1",
        "line:a b c d",
        "H10301:1:2\nline:1234",
    ],
)
def test_what_is_no_card_is_refused(typed: str) -> None:
    with pytest.raises(CardDoesNotFit):
        canonical_card(typed)


def test_unknown_format_is_refused() -> None:
    with pytest.raises(UnknownFormat):
        canonical_card("H1030:1:2")


def test_raw_text_leads_back_to_its_bits() -> None:
    bits = "10" * 18 + "1"

    assert frame_of_card(raw_text(bits)) == bits
