"""Wiegand bits to cards and back: every layout that fits, the one a reader is set to, and its text form.

Bits are a string of 0 and 1, the first bit sent first. Bits that a layout does not name carry no identity.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware_bridge.reader_events import FaultKind
from firmware_bridge.wiegand_formats import FORMATS, LAYOUT_OF, Layout, Parity, ParityKind, Positions

RAW = "raw"
RAW_BITS = range(16, 129)
MAX_CARD_BITS = 128

_CARD = (  # compiled at first use: the door starts without it
    r"(?P<format>[A-Za-z0-9]+):(?P<facility_code>[0-9]{0,8}):(?P<card_number>[0-9]{1,12})"
    r"(?::i(?P<issue_level>[0-9]{1,3}))?(?::o(?P<oem>[0-9]{1,4}))?"
)
_INVERSE = str.maketrans("01", "10")


class UnknownFormat(ValueError):
    """No layout has this name."""


class CardDoesNotFit(ValueError):
    """The text or the numbers are not a card of this format."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a frame says if it is of this format; a field the layout lacks is None."""

    format: str
    facility_code: int | None
    card_number: int = field(repr=False)
    issue_level: int | None
    oem: int | None
    parity_ok: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """The frame is a card of a format the reader is set to."""

    card: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The frame is not a card for this reader."""

    kind: FaultKind
    detail: str


def decode(bits: str) -> tuple[Match, ...]:
    """Read the frame by every layout of its length, in table order."""
    return tuple(_match(layout, bits) for layout in FORMATS if layout.bits == len(bits))


def first_match(bits: str, formats: Sequence[str]) -> Accepted | Refused:
    """Take the first listed format whose checks pass; `raw` takes lengths that no other listed one has."""
    if len(bits) > MAX_CARD_BITS:
        return Refused(FaultKind.TOO_LONG, f"{len(bits)} bits, at most {MAX_CARD_BITS} are a card")
    layouts = [_layout_named(name) for name in formats if name != RAW]
    fitting = [layout for layout in layouts if layout.bits == len(bits)]
    for layout in fitting:
        match = _match(layout, bits)
        if match.parity_ok:
            return _unless_ghost(match)
    if not fitting and RAW in formats and len(bits) in RAW_BITS:
        return Accepted(raw_text(bits))
    return _refusal(bits, fitting)


def encode(
    name: str,
    *,
    facility_code: int | None = None,
    card_number: int,
    issue_level: int | None = None,
    oem: int | None = None,
) -> str:
    """Build the frame a reader sends for this card; bits the layout does not name are 0."""
    layout = _layout_named(name)
    if layout.fixed_facility not in (None, facility_code):
        raise CardDoesNotFit(f"{name}: the facility code is always {layout.fixed_facility}")
    frame = ["0"] * layout.bits
    for position in layout.constant_ones:
        frame[position] = "1"
    number = _as_bcd(name, card_number) if layout.card_number_is_bcd else card_number
    _write(frame, layout, "facility_code", facility_code)
    _write(frame, layout, "card_number", number)
    _write(frame, layout, "issue_level", issue_level)
    _write(frame, layout, "oem", oem)
    for rule in layout.parity:
        frame[rule.bit] = "0" if _parity_holds(rule, frame) else "1"
    bits = "".join(frame)
    return bits[:-8] + f"{_xor_of_bytes(bits[:-8]):08b}" if layout.last_byte_is_xor else bits


def card_text(match: Match) -> str:
    """Write `format:facility:number`, then `:i` issue level and `:o` OEM code where the format has them."""
    facility = "" if match.facility_code is None else match.facility_code
    issue = "" if match.issue_level is None else f":i{match.issue_level}"
    oem = "" if match.oem is None else f":o{match.oem}"
    return f"{match.format}:{facility}:{match.card_number}{issue}{oem}"


def parse_card(text: str) -> Match:
    """Read what `card_text` writes; raises UnknownFormat or CardDoesNotFit with what to change."""
    found = re.fullmatch(_CARD, text)
    if found is None:
        raise CardDoesNotFit("write a card as FORMAT:FACILITY:NUMBER, for example H10301:123:4567")
    name, *numbers = found.group("format", "facility_code", "card_number", "issue_level", "oem")
    facility_code, card_number, issue_level, oem = (int(number) if number else None for number in numbers)
    assert card_number is not None
    frame = encode(name, facility_code=facility_code, card_number=card_number, issue_level=issue_level, oem=oem)
    return _match(_layout_named(name), frame)


def frame_of_card(text: str) -> str:
    """Build the frame a reader sends for a card text; raises UnknownFormat or CardDoesNotFit."""
    if text.startswith(f"{RAW}:"):
        return _raw_bits(text)
    card = parse_card(text)
    return encode(
        card.format,
        facility_code=card.facility_code,
        card_number=card.card_number,
        issue_level=card.issue_level,
        oem=card.oem,
    )


def raw_text(bits: str) -> str:
    """Write a frame of unknown layout: its length and its bits as hex, filled with 0 at the right."""
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return f"raw:{len(bits)}:{int(padded or '0', 2):0{len(padded) // 4}X}"


def inverted(bits: str) -> str:
    """Swap 0 and 1, as swapped D0 and D1 wires do."""
    return bits.translate(_INVERSE)


def decode_line(bits: str) -> dict[str, object]:
    """Answer for one bit string: every match and the first good card; `error` says what is wrong with it."""
    if not bits or set(bits) - {"0", "1"}:
        return {"bits": bits, "card": None, "matches": [], "error": "only 0 and 1 are bits"}
    matches = decode(bits)
    card = next((card_text(match) for match in matches if match.parity_ok), None)
    return {"bits": bits, "card": card, "matches": [_as_dict(match) for match in matches]}


def _raw_bits(text: str) -> str:
    found = re.fullmatch(r"raw:([0-9]{1,3}):([0-9A-F]{2,32})", text)
    size = int(found.group(1)) if found else 0
    bits = f"{int(found.group(2), 16):0{len(found.group(2)) * 4}b}"[:size] if found else ""
    if size not in RAW_BITS or raw_text(bits) != text:
        raise CardDoesNotFit("write an unknown layout as raw:BITS:HEX, filled with 0 at the right")
    return bits


def _as_dict(match: Match) -> dict[str, object]:
    return {name: getattr(match, name) for name in Match.__slots__}


def _layout_named(name: str) -> Layout:
    layout = LAYOUT_OF.get(name)
    if layout is None:
        raise UnknownFormat(f"no Wiegand format is called {name!r}; docs/readers.md lists them")
    return layout


def _match(layout: Layout, bits: str) -> Match:
    number = _value(bits, layout.card_number)
    assert number is not None
    return Match(
        layout.format,
        _value(bits, layout.facility_code),
        _from_bcd(number) if layout.card_number_is_bcd else number,
        _value(bits, layout.issue_level),
        _value(bits, layout.oem),
        _checks_pass(layout, bits),
    )


def _value(bits: str, positions: Positions) -> int | None:
    return int("".join([bits[position] for position in positions]), 2) if positions else None


def _checks_pass(layout: Layout, bits: str) -> bool:
    return (
        all(_parity_holds(rule, bits) for rule in layout.parity)
        and all(bits[position] == "1" for position in layout.constant_ones)
        and layout.fixed_facility in (None, _value(bits, layout.facility_code))
        and (not layout.last_byte_is_xor or _xor_of_bytes(bits) == 0)
        and (not layout.card_number_is_bcd or _is_bcd(_value(bits, layout.card_number) or 0))
    )


def _parity_holds(rule: Parity, bits: Sequence[str]) -> bool:
    ones = [bits[position] for position in rule.over].count("1") + (bits[rule.bit] == "1")
    return ones % 2 == (rule.kind is ParityKind.ODD)


def _refusal(bits: str, fitting: Sequence[Layout]) -> Refused:
    if not fitting:
        return Refused(FaultKind.UNKNOWN_LENGTH, f"{len(bits)} bits")
    names = ", ".join(layout.format for layout in fitting)
    # A layout with only even-sized parity groups never gets here: its checks do not notice the inversion.
    if any(_checks_pass(layout, inverted(bits)) for layout in fitting):
        return Refused(FaultKind.SWAPPED_WIRES, f"inverted it is good {names}: exchange D0 and D1")
    return Refused(FaultKind.PARITY, f"{len(bits)} bits, no good {names}")


def _unless_ghost(match: Match) -> Accepted | Refused:
    """Refuse a card of nothing but zeros: that is what noise on the wires sends."""
    if not any((match.facility_code, match.card_number, match.issue_level, match.oem)):
        return Refused(FaultKind.GHOST, f"{match.format} with all numbers 0")
    return Accepted(card_text(match))


def _write(frame: list[str], layout: Layout, name: str, value: int | None) -> None:
    positions: Positions = getattr(layout, name)
    words = name.replace("_", " ")
    if value is None and positions:
        raise CardDoesNotFit(f"{layout.format}: the {words} is missing")
    if value is None:
        return
    if not positions:
        raise CardDoesNotFit(f"{layout.format} has no {words}")
    if not 0 <= value < 1 << len(positions):
        raise CardDoesNotFit(f"{layout.format}: the {words} must be 0 to {(1 << len(positions)) - 1}")
    for position, bit in zip(positions, f"{value:0{len(positions)}b}", strict=True):
        frame[position] = bit


def _xor_of_bytes(bits: str) -> int:
    result = 0
    for start in range(0, len(bits), 8):
        result ^= int(bits[start : start + 8], 2)
    return result


def _is_bcd(number: int) -> bool:
    return f"{number:X}".isdecimal()


def _from_bcd(number: int) -> int:
    """Read each nibble as a decimal digit; nibbles above 9 carry, and the checks refuse them."""
    result = 0
    for digit in f"{number:X}":
        result = result * 10 + int(digit, 16)
    return result


def _as_bcd(name: str, number: int) -> int:
    if not 0 <= number <= 99_999_999:
        raise CardDoesNotFit(f"{name}: the card number must be 0 to 99999999")
    return int(str(number), 16)
