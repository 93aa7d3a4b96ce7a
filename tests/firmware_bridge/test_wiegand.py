"""Wiegand frames decode as working decoders do, and every card survives the way out and back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.reader_events import FaultKind
from firmware_bridge.wiegand import (
    Accepted,
    CardDoesNotFit,
    Match,
    Refused,
    UnknownFormat,
    card_text,
    decode,
    decode_line,
    encode,
    first_match,
    inverted,
    parse_card,
    raw_text,
)
from firmware_bridge.wiegand_formats import FORMATS, LAYOUT_OF, Layout

SAMPLES = Path(__file__).parents[1] / "vectors" / "wiegand_sample.jsonl"
DISPUTED = {layout.format for layout in FORMATS if layout.disputed}
H10301_1_2 = "10000000100000000000000100"
# Swapped wires keep every even-sized parity group intact, so these cannot tell.
SWAP_BLIND = {"C15001", "Sie36", "Avig56", "BC40"} | {
    layout.format for layout in FORMATS if not layout.parity and not layout.constant_ones
}


def samples() -> Iterator[dict[str, Any]]:
    for line in SAMPLES.read_text().splitlines():
        yield json.loads(line)


@st.composite
def cards(draw: st.DrawFn, layout: Layout) -> Match:
    def number(name: str) -> int | None:
        size = len(getattr(layout, name))
        return draw(st.integers(0, (1 << size) - 1)) if size else None

    card_number = draw(st.integers(0, 99_999_999)) if layout.card_number_is_bcd else number("card_number")
    assert card_number is not None
    facility = layout.fixed_facility if layout.fixed_facility is not None else number("facility_code")
    return Match(layout.format, facility, card_number, number("issue_level"), number("oem"), parity_ok=True)


def frame_of(card: Match) -> str:
    return encode(
        card.format,
        facility_code=card.facility_code,
        card_number=card.card_number,
        issue_level=card.issue_level,
        oem=card.oem,
    )


any_card = st.sampled_from(FORMATS).flatmap(cards)


def test_every_sample_reads_as_recorded() -> None:
    for sample in samples():
        matches = {match.format: match for match in decode(sample["bits"])}
        own = matches[sample["format"]]

        assert own == Match(
            sample["format"],
            sample["facility_code"],
            sample["card_number"],
            sample["issue_level"],
            sample["oem"],
            parity_ok=sample["valid"],
        )


def test_every_sample_is_also_good_in_exactly_the_formats_recorded() -> None:
    for sample in samples():
        good = {match.format for match in decode(sample["bits"]) if match.parity_ok}

        assert good - DISPUTED - {sample["format"]} == set(sample["also_valid_as"]) - DISPUTED


@given(any_card)
def test_encoded_card_decodes_to_itself(card: Match) -> None:
    assert card in decode(frame_of(card))


@given(any_card)
def test_card_text_reads_back_as_the_same_card(card: Match) -> None:
    assert parse_card(card_text(card)) == card


@given(st.sampled_from(FORMATS).flatmap(lambda layout: st.tuples(cards(layout), cards(layout))))
def test_different_cards_have_different_texts(pair: tuple[Match, Match]) -> None:
    first, second = pair

    assert (card_text(first) == card_text(second)) == (first == second)


@given(any_card.filter(lambda card: card.format not in SWAP_BLIND))
def test_swapped_wires_are_told_wherever_the_layout_can_tell(card: Match) -> None:
    verdict = first_match(inverted(frame_of(card)), [card.format])

    assert isinstance(verdict, Refused)
    assert verdict.kind is FaultKind.SWAPPED_WIRES


@given(any_card, st.data())
def test_one_wrong_parity_bit_is_never_a_good_card(card: Match, data: st.DataObject) -> None:
    layout = LAYOUT_OF[card.format]
    frame = list(frame_of(card))
    if not layout.parity:
        return
    wrong = data.draw(st.sampled_from(layout.parity)).bit
    frame[wrong] = "0" if frame[wrong] == "1" else "1"
    bad = next(match for match in decode("".join(frame)) if match.format == card.format)

    assert bad == replace(card, parity_ok=False)


@pytest.mark.parametrize("name", sorted(SWAP_BLIND))
def test_layouts_that_cannot_tell_swapped_wires_never_claim_it(name: str) -> None:
    verdict = first_match("01" * (LAYOUT_OF[name].bits // 2) + "1" * (LAYOUT_OF[name].bits % 2), [name])

    assert not (isinstance(verdict, Refused) and verdict.kind is FaultKind.SWAPPED_WIRES)


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("H10301:1:2", H10301_1_2),
        ("H10301:10:1188", "00000101000000100101001001"),
        ("H10302::123456789", "1000000001110101101111001101000101011"),
        ("S12906b:217:1", encode("S12906b", facility_code=217, card_number=1)),
        ("Kastle:1:2:i3", encode("Kastle", facility_code=1, card_number=2, issue_level=3)),
        ("C15001:1:2:o3", encode("C15001", facility_code=1, card_number=2, oem=3)),
        ("P10001:123:4567", "1111000001111011000100011101011101001101"),
        ("H10320::12345678", encode("H10320", card_number=12345678)),
    ],
)
def test_text_and_frame_belong_together(text: str, bits: str) -> None:
    card = parse_card(text)

    assert frame_of(card) == bits
    assert card_text(card) == text


@pytest.mark.parametrize(
    ("bits", "name"),
    [
        ("0" + encode("P10001", facility_code=1, card_number=2)[1:], "P10001"),
        (encode("P10001", facility_code=1, card_number=2)[:-1] + "0", "P10001"),
        (encode("H10302", card_number=1)[:-1] + "0", "HGen37"),
        ("10100000" + encode("H10320", card_number=82_000_001)[8:], "H10320"),
        (inverted(encode("Kastle", facility_code=1, card_number=2, issue_level=3)), "Kastle"),
    ],
)
def test_constants_checks_and_decimal_digits_that_do_not_fit_are_bad_parity(bits: str, name: str) -> None:
    match = next(match for match in decode(bits) if match.format == name)

    assert not match.parity_ok


def test_s12906b_is_good_for_its_one_facility_only() -> None:
    good = encode("S12906b", facility_code=217, card_number=5)
    # Bits 1, 2 and 4 are in pairs of the three parity groups: flipping 1 and 4 keeps groups 0 and 10.
    flipped = "".join("10"[int(bit)] if place in (1, 4) else bit for place, bit in enumerate(good))
    match = next(match for match in decode(flipped) if match.format == "S12906b")

    assert match.facility_code != 217
    assert not match.parity_ok


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("H10301:256:1", "facility code must be 0 to 255"),
        ("H10301:1:65536", "card number must be 0 to 65535"),
        ("H10301::5", "facility code is missing"),
        ("H10302:1:5", "no facility code"),
        ("Kastle:1:2", "issue level is missing"),
        ("H10301:1:2:i3", "no issue level"),
        ("S12906b:216:1", "always 217"),
        ("H10320::100000000", "0 to 99999999"),
        ("H10301:1:٣", "write a card as"),
        ("H10301", "write a card as"),
        ("H10301:1:-2", "write a card as"),
    ],
)
def test_card_that_does_not_fit_is_refused_with_what_to_change(text: str, complaint: str) -> None:
    with pytest.raises(CardDoesNotFit, match=complaint):
        parse_card(text)


def test_unknown_format_is_named() -> None:
    with pytest.raises(UnknownFormat, match="H99999"):
        parse_card("H99999:1:2")


def test_reader_takes_its_first_listed_format_that_is_good() -> None:
    assert first_match(H10301_1_2, ["ind26", "H10301"]) == Accepted("ind26:16:2")
    assert first_match(H10301_1_2, ["H10302", "H10301"]) == Accepted("H10301:1:2")


@pytest.mark.parametrize(
    ("bits", "kind"),
    [
        ("0" + H10301_1_2[1:], FaultKind.PARITY),
        (inverted(H10301_1_2), FaultKind.SWAPPED_WIRES),
        (H10301_1_2 + "0", FaultKind.UNKNOWN_LENGTH),
        ("", FaultKind.UNKNOWN_LENGTH),
        ("00000000000000000000000001", FaultKind.GHOST),
        ("01" * 256, FaultKind.TOO_LONG),
    ],
)
def test_what_is_no_card_has_a_name(bits: str, kind: FaultKind) -> None:
    verdict = first_match(bits, ["H10301"])

    assert isinstance(verdict, Refused)
    assert verdict.kind is kind


def test_raw_takes_unknown_lengths_but_never_a_listed_length_with_bad_parity() -> None:
    assert first_match("1" * 37, ["H10301", "raw"]) == Accepted("raw:37:FFFFFFFFF8")
    assert isinstance(first_match("0" + H10301_1_2[1:], ["H10301", "raw"]), Refused)
    assert isinstance(first_match("1010", ["raw"]), Refused)


@given(st.text("01", min_size=1, max_size=64), st.text("01", min_size=1, max_size=64))
def test_raw_texts_of_different_frames_differ(first: str, second: str) -> None:
    assert (raw_text(first) == raw_text(second)) == (first == second)


def test_line_answer_names_every_match_and_the_first_good_card() -> None:
    answer = decode_line(H10301_1_2)

    assert answer == {
        "bits": H10301_1_2,
        "card": "H10301:1:2",
        "matches": [
            {
                "format": name,
                "facility_code": facility,
                "card_number": 2,
                "issue_level": None,
                "oem": None,
                "parity_ok": True,
            }
            for name, facility in (("H10301", 1), ("ind26", 16))
        ],
    }


def test_line_of_an_unknown_length_has_no_match_and_no_card() -> None:
    assert decode_line("1" * 25) == {"bits": "1" * 25, "card": None, "matches": []}


@pytest.mark.parametrize("bits", ["", "2", "0101 01", "१०", "abc"])
def test_line_that_is_not_bits_says_so(bits: str) -> None:
    answer = decode_line(bits)

    assert answer == {"bits": bits, "card": None, "matches": [], "error": "only 0 and 1 are bits"}


def test_values_of_a_card_never_stand_in_a_repr() -> None:
    assert "4567" not in repr(Accepted("H10301:123:4567"))
    assert "4567" not in repr(parse_card("H10301:123:4567"))
