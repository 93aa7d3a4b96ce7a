"""What is printed on a card, or shown by some reader, as the card texts that our readers may give for it.

1. A printed text is read in every way that it allows: facility and number, decimal, hex, three and five digits.
2. An id is twisted as readers do: bytes reversed, bits of each byte reversed, all bits inverted (D0 and D1 swapped).
3. What a reader leaves out is cut off (of seven bytes four, of four bytes three); what print leaves out (the version
   byte of an EM4100, a facility code of 8 bits, the one byte of a UID that a reader lost) is tried: 256 texts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from firmware_bridge.card_text import canonical_card
from firmware_bridge.wiegand import CardDoesNotFit, card_text, parse_card
from firmware_bridge.wiegand_formats import FORMATS, Layout

LONGEST_PRINT = 64
_HEX_BYTES = {6: 3, 8: 4, 10: 5, 14: 7, 20: 10}
_LEAST_BYTES = ((8, 3), (10, 4), (15, 5), (20, 7))
"""So many decimal digits, with their leading zeros, are at least so many bytes."""
_SHORTEST_LINE = 4
_UID_BYTES = (4, 7, 10)
_EM_BYTES, _SERIAL_BYTES, _CUT_BYTES = 5, 4, 3
_ANY = "??"
_PAIR = re.compile(r"([0-9]{1,8})\s*[,/.:;\s-]\s*([0-9]{1,12})")
_SEPARATED_HEX = re.compile(r"(?:0x)?[0-9A-Fa-f]{2}(?:[ :.-]?[0-9A-Fa-f]{2})+")
_THREE_AND_FIVE = re.compile(r"([0-9]{3})([0-9]{5})")
_ONE_BYTE = range(256)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what is printed: the card's text, with ``?`` or ``*`` for what print leaves out, and how."""

    card: str
    how: str

    def cards(self) -> tuple[str, ...]:
        """Return each card text that this may be: one, or one for each value of a byte."""
        if _ANY in self.card:
            return tuple(self.card.replace(_ANY, f"{byte:02X}") for byte in _ONE_BYTE)
        return tuple(self.card.replace("*", str(byte)) for byte in _ONE_BYTE) if "*" in self.card else (self.card,)


def readings_of(printed: Sequence[str]) -> tuple[Reading, ...]:
    """Return how these texts, printed on one card, can be read; raises CardDoesNotFit where none of them can."""
    texts = [text.strip() for text in printed]
    if len(texts) == 2:
        texts.insert(0, " ".join(texts))  # facility code and number may stand apart
    found: dict[str, Reading] = {}
    for reading in (reading for text in texts for reading in _readings(text)):
        found.setdefault(reading.card, reading)
    if not found:
        raise CardDoesNotFit(
            "no card is numbered so; type what is printed, such as 0013530444, 206,30028, 3C00CE754C or 04:A2:B3:C4"
        )
    return tuple(found.values())


def _readings(text: str) -> Iterator[Reading]:
    if not 0 < len(text) <= LONGEST_PRINT:
        return
    for read in (_as_card, _as_pair, _as_decimal, _as_hex):
        yield from read(text)


def _as_card(text: str) -> Iterator[Reading]:
    try:
        yield Reading(canonical_card(text), "the text of a card")
    except ValueError:
        return


def _as_pair(text: str) -> Iterator[Reading]:
    """Read facility code and number; of an EM4100, two halves of its number."""
    found = _PAIR.fullmatch(text) or _THREE_AND_FIVE.fullmatch(text)
    if found is None:
        return
    first, second = int(found[1]), int(found[2])
    yield from (
        Reading(card, "facility code and number")
        for layout in FORMATS
        if layout.facility_code and (card := _fitting(layout, f"{first}:{second}"))
    )
    if first < 1 << 16 and second < 1 << 16:
        serial = (first << 16 | second).to_bytes(_SERIAL_BYTES, "big")
        yield Reading(f"em4100:{_ANY}{serial.hex().upper()}", "two halves of an EM4100's number")


def _as_decimal(text: str) -> Iterator[Reading]:
    if not (text.isascii() and text.isdecimal() and len(text) <= _LEAST_BYTES[-1][0]):
        return
    value = int(text)
    if value < 1 << 16:
        yield Reading(f"H10301:*:{value}", "number without its facility code")
    yield from _as_number(value, "decimal number")
    yield from _as_line(text)
    if value >= 1 << 16:
        least = next(size for digits, size in _LEAST_BYTES if len(text) <= digits)
        size = next(size for size in _HEX_BYTES.values() if size >= least and value < 1 << 8 * size)
        yield from _of_id(value.to_bytes(size, "big"), "decimal")


def _as_hex(text: str) -> Iterator[Reading]:
    if not _SEPARATED_HEX.fullmatch(text):
        return
    digits = re.sub(r"[ :.-]", "", text.removeprefix("0x")).upper()
    if len(digits) in _HEX_BYTES:
        yield from _of_id(bytes.fromhex(digits), "hex")
        yield from _as_line(digits)


def _as_line(text: str) -> Iterator[Reading]:
    if len(text) >= _SHORTEST_LINE:
        yield Reading(f"line:{text}", "as a line reader sends it")


def _of_id(printed: bytes, how: str) -> Iterator[Reading]:
    """Say which cards have this id, whole, twisted and cut."""
    for words, twist in _TWISTS:
        twisted = twist(printed)
        yield from _whole(twisted, f"{how}{words}")
        for cut, part in _cuts(twisted):
            yield from _on_wires(part, f"{how}{words}{cut}")
    yield from _with_a_byte_unknown(printed, how)


def _whole(whole: bytes, how: str) -> Iterator[Reading]:
    digits = whole.hex().upper()
    if len(whole) in _UID_BYTES:
        yield Reading(f"uid:{digits}", how)
    if len(whole) == _EM_BYTES:
        yield Reading(f"em4100:{digits}", how)
    yield from _on_wires(whole, how)
    yield from _as_number(int.from_bytes(whole, "big"), how)


def _with_a_byte_unknown(printed: bytes, how: str) -> Iterator[Reading]:
    serial = printed.rjust(_SERIAL_BYTES, b"\x00")
    if len(serial) != _SERIAL_BYTES:
        return
    yield Reading(f"em4100:{_ANY}{serial.hex().upper()}", f"{how}, any version byte")
    if serial[0] == 0:
        rest = serial[1:]
        yield Reading(f"uid:{rest[::-1].hex().upper()}{_ANY}", f"{how}, bytes reversed, one missing")
        yield Reading(f"uid:{_ANY}{rest.hex().upper()}", f"{how}, one byte missing")


def _on_wires(sent: bytes, how: str) -> Iterator[Reading]:
    """Say what Wiegand readers make of an id that just fills facility code and number."""
    for layout in FORMATS:
        if len(layout.facility_code) + len(layout.card_number) == 8 * len(sent):
            facility, number = divmod(int.from_bytes(sent, "big"), 1 << len(layout.card_number))
            if card := _fitting(layout, f"{facility if layout.facility_code else ''}:{number}"):
                yield Reading(card, how)


def _as_number(value: int, how: str) -> Iterator[Reading]:
    layouts = (layout for layout in FORMATS if not layout.facility_code)
    yield from (Reading(card, how) for layout in layouts if (card := _fitting(layout, f":{value}")))


def _cuts(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """Leave out bytes as readers of 34 and 26 bits do; the longer of them may send zeros instead."""
    for size in (_SERIAL_BYTES, _CUT_BYTES):
        if len(whole) > size:
            yield f", the last {size} bytes", whole[-size:]
            yield f", the first {size} bytes", whole[:size]
    if len(whole) == _SERIAL_BYTES:
        yield ", the first byte lost", b"\x00" + whole[1:]


def _fitting(layout: Layout, numbers: str) -> str:
    """Write the card of this layout; nothing if its numbers do not fit or it has more fields than these."""
    try:
        return card_text(parse_card(f"{layout.format}:{numbers}"))
    except CardDoesNotFit:
        return ""


def _inverted(whole: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in whole)


def _bits_reversed(whole: bytes) -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in whole)


_TWISTS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("", bytes),
    (", bytes reversed", lambda whole: whole[::-1]),
    (", all bits inverted", _inverted),
    (", bits of each byte reversed", _bits_reversed),
)
