"""The frames of serial readers that send a card as text or a few bytes: cut, check, and build them.

Every kind answers the same three questions: where the next frame lies in the bytes, which card it is, and
which bytes the reader sends for a card.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Protocol

from firmware_bridge.reader_events import FaultKind
from firmware_bridge.reader_options import LineOptions, NumberForm, ReaderKind, Terminator
from firmware_bridge.wiegand import CardDoesNotFit, Refused

LINE_LIMIT = 128
PAUSE_SECONDS = 0.1
SHORT_PAUSE_SECONDS = 0.03  # an adapter hands bytes over every 16 ms, a frame takes 12.5 ms

_HEX_DIGITS = frozenset(b"0123456789ABCDEFabcdef")


@dataclass(frozen=True, slots=True)
class Piece:
    """What the first `size` bytes are: a card, nothing worth a word (""), a named fault, or rubbish (None)."""

    size: int
    found: str | Refused | None = field(repr=False)


class FrameFormat(Protocol):
    """How one kind of reader writes a card."""

    @property
    def pause_seconds(self) -> float:
        """Say how long a silence ends what was begun."""

    @property
    def resyncs_by_pause(self) -> bool:
        """Say whether after rubbish only a pause shows where the next frame starts."""

    def next_piece(self, data: bytes) -> Piece | None:
        """Look at the front of the bytes; None where more are needed."""

    def frame(self, card: str) -> bytes:
        """Build what the reader sends; raises CardDoesNotFit."""


def xor_of(data: bytes) -> int:
    """XOR all bytes."""
    return reduce(xor, data, 0)


def sum_of(data: bytes) -> int:
    """Add all bytes modulo 256."""
    return sum(data) % 256


@dataclass(frozen=True, slots=True)
class TagFrame:
    """An EM4100 tag as hex digits with a checksum byte, between fixed bytes.

    Without a start byte only pauses cut the frames: a frame shifted by any number of digits has a right
    checksum too, so such a frame counts only where whole frames arrived since the last pause.
    """

    start: bytes
    end: bytes
    checksum: Callable[[bytes], int] | None = xor_of

    @property
    def pause_seconds(self) -> float:
        """Without a start byte it must be shorter than any between two frames."""
        return PAUSE_SECONDS if self.start else SHORT_PAUSE_SECONDS

    @property
    def resyncs_by_pause(self) -> bool:
        """Without a start byte nothing else shows where a frame begins."""
        return not self.start

    @property
    def _digits(self) -> int:
        return 12 if self.checksum else 10

    def next_piece(self, data: bytes) -> Piece | None:
        """Find the start byte, then ask for digits, end and checksum."""
        begin = data.find(self.start)
        if begin:
            return Piece(len(data) if begin < 0 else begin, None)
        digits_end = len(self.start) + self._digits
        size = digits_end + len(self.end)
        shifted = not self.start and len(data) % size > 0
        if len(data) < size or (shifted and len(data) < LINE_LIMIT):
            return None
        if shifted:
            return Piece(len(data), None)
        digits = data[len(self.start) : digits_end]
        if data[digits_end:size] != self.end or not _HEX_DIGITS.issuperset(digits):
            return Piece(1, None)
        return Piece(size, self._card(digits))

    def frame(self, card: str) -> bytes:
        """Build the frame of an `em4100:` card."""
        tag = _tag_of(card)
        check = b"" if self.checksum is None else b"%02X" % self.checksum(tag)
        return self.start + tag.hex().upper().encode() + check + self.end

    def _card(self, digits: bytes) -> str | Refused:
        tag = bytes.fromhex(digits[:10].decode())
        if self.checksum and self.checksum(tag) != int(digits[10:], 16):
            return Refused(FaultKind.BAD_CHECKSUM, "the checksum is not the one of the tag")
        return f"em4100:{tag.hex().upper()}" if any(tag) else _ALL_ZEROS


@dataclass(frozen=True, slots=True)
class BinaryFrame:
    """7941E: 02, length of all, card type, number, XOR of all between, 03."""

    resyncs_by_pause: bool = False
    pause_seconds: float = PAUSE_SECONDS

    def next_piece(self, data: bytes) -> Piece | None:
        """Find 02 and a length that some card type has."""
        begin = data.find(b"\x02")
        if begin:
            return Piece(len(data) if begin < 0 else begin, None)
        if len(data) < 3:
            return None
        size, prefix = data[1], _CARD_TYPES.get(data[2])
        if prefix is None or size != _NUMBER_SIZES[prefix] + 5:
            return Piece(1, None)
        if len(data) < size:
            return None
        return self._judge(data[:size], prefix) if data[size - 1] == 0x03 else Piece(1, None)

    def frame(self, card: str) -> bytes:
        """Build the frame of an `em4100:` or `uid:` card."""
        prefix, _, digits = card.partition(":")
        kinds = [kind for kind, name in _CARD_TYPES.items() if name == prefix]
        if not kinds or not _is_hex(digits, size=_NUMBER_SIZES[prefix]):
            raise CardDoesNotFit("a 7941E sends em4100: with 10 hex digits or uid: with 8")
        number = bytes.fromhex(digits)
        checked = bytes((len(number) + 5, kinds[0])) + number
        return b"\x02" + checked + bytes((xor_of(checked), 0x03))

    def _judge(self, frame: bytes, prefix: str) -> Piece:
        number = frame[3:-2]
        if xor_of(frame[1:-2]) != frame[-2]:
            return Piece(len(frame), Refused(FaultKind.BAD_CHECKSUM, "the BCC is not the XOR of the frame"))
        return Piece(len(frame), f"{prefix}:{number.hex().upper()}" if any(number) else _ALL_ZEROS)


@dataclass(frozen=True, slots=True)
class LineFrame:
    """A reader that sends one line for each card, taken apart as configured."""

    options: LineOptions
    resyncs_by_pause: bool = True
    pause_seconds: float = PAUSE_SECONDS

    def next_piece(self, data: bytes) -> Piece | None:
        """Cut at the terminator; a line that does not end is rubbish, or its end would pass for a card."""
        terminator = _TERMINATORS[self.options.terminator]
        end = data.find(terminator)
        if end < 0:
            return Piece(len(data), None) if len(data) > LINE_LIMIT else None
        size = end + len(terminator)
        return Piece(size, self._card(data[:end].strip(b"\r\n \t")))

    def frame(self, card: str) -> bytes:
        """Build the line of a card with the configured prefix."""
        prefix, _, text = card.partition(":")
        if prefix != self.options.card_prefix or not isinstance(self._card_of(text), str):
            raise CardDoesNotFit(f"this reader sends {self.options.card_prefix}: cards of its number form")
        line = self.options.prefix + "0" * self.options.skip + text + self.options.suffix
        return line.encode("ascii") + _TERMINATORS[self.options.terminator]

    def _card(self, line: bytes) -> str | Refused:
        if not line:
            return ""
        if len(line) > LINE_LIMIT:
            return Refused(FaultKind.TOO_LONG, f"{len(line)} bytes in a line, at most {LINE_LIMIT}")
        if not line.isascii() or not line.decode("ascii").isprintable():
            return Refused(FaultKind.NOT_TEXT, "the line is not printable ASCII: wrong baud or inverted level?")
        text = line.decode("ascii")
        if not text.startswith(self.options.prefix) or not text.endswith(self.options.suffix):
            return Refused(FaultKind.NOT_A_CARD, "the line has not the configured prefix and suffix")
        between = text.removeprefix(self.options.prefix).removesuffix(self.options.suffix)
        return self._card_of(between[self.options.skip :])

    def _card_of(self, number: str) -> str | Refused:
        if not re.fullmatch(_NUMBERS[self.options.number], number):
            return Refused(FaultKind.NOT_A_CARD, "the line is not in the configured form")
        if not number.strip("0"):
            return _ALL_ZEROS
        upper = self.options.number is NumberForm.HEX
        return f"{self.options.card_prefix}:{number.upper() if upper else number}"


def frame_format(kind: ReaderKind, line: LineOptions) -> FrameFormat:
    """Choose how a kind of reader writes cards."""
    return LineFrame(line) if kind is ReaderKind.LINE else _FORMATS[kind]


def _is_hex(text: str, *, size: int) -> bool:
    return len(text) == size * 2 and not set(text) - set("0123456789ABCDEF")


def _tag_of(card: str) -> bytes:
    prefix, _, digits = card.partition(":")
    if prefix != "em4100" or not _is_hex(digits, size=5):
        raise CardDoesNotFit("this reader sends em4100: with 10 hex digits")
    return bytes.fromhex(digits)


_ALL_ZEROS = Refused(FaultKind.GHOST, "the number is all zeros")
_CARD_TYPES: Mapping[int, str] = {1: "uid", 2: "em4100", 3: "uid"}
_NUMBER_SIZES: Mapping[str, int] = {"uid": 4, "em4100": 5}
_TERMINATORS: Mapping[Terminator, bytes] = {
    Terminator.CR: b"\r",
    Terminator.LF: b"\n",
    Terminator.CRLF: b"\r\n",
}
_NUMBERS: Mapping[NumberForm, str] = {
    NumberForm.HEX: "[0-9A-Fa-f]{4,64}",
    NumberForm.DECIMAL: "[0-9]{4,32}",
    NumberForm.TEXT: "[0-9A-Za-z._-]{4,64}",
}
_FORMATS: Mapping[ReaderKind, FrameFormat] = {
    ReaderKind.RDM6300: TagFrame(b"\x02", b"\x03"),
    ReaderKind.SUM14: TagFrame(b"\x02", b"\x03", sum_of),
    ReaderKind.ID12: TagFrame(b"\x02", b"\r\n\x03"),
    ReaderKind.EM18: TagFrame(b"", b""),
    ReaderKind.R7941E: BinaryFrame(),
    ReaderKind.PARALLAX: TagFrame(b"\n", b"\r", None),
}
