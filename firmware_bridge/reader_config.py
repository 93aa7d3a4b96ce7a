"""From a configured serial line to its protocol, and every mistake in it at once."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.reader_options import LineOptions, ReaderKind, ReaderSpec
from firmware_bridge.reader_protocol import ReaderProtocol
from firmware_bridge.text_frames import LINE_LIMIT, frame_format
from firmware_bridge.text_readers import REPEAT_SECONDS, TextReaderProtocol
from firmware_bridge.wiegand import RAW
from firmware_bridge.wiegand_formats import LAYOUT_OF

# Frames that make a read: readers that stream send a second one, the others have only one chance.
DEFAULT_FRAMES: Mapping[ReaderKind, int] = {
    ReaderKind.RDM6300: 2,
    ReaderKind.SUM14: 2,
    ReaderKind.ID12: 1,
    ReaderKind.EM18: 2,
    ReaderKind.R7941E: 2,
    ReaderKind.PARALLAX: 2,
    ReaderKind.LINE: 1,
}

_BAUDS = range(1200, 1_000_001)
_CARD_PREFIX = r"[a-z][a-z0-9-]{0,15}"


def make_protocol(spec: ReaderSpec, *, session: int | None = None) -> ReaderProtocol:
    """Build the protocol of a line; a bridge's session is a random number unless given."""
    if spec.kind is ReaderKind.BRIDGE:
        chosen = (int.from_bytes(os.urandom(4)) or 1) if session is None else session
        return BridgeProtocol(spec.wiegand, line=spec.name, session=chosen)
    return TextReaderProtocol(
        spec.name,
        frame_format(spec.kind, spec.line),
        frames=spec.frames or DEFAULT_FRAMES[spec.kind],
        repeat_seconds=REPEAT_SECONDS if spec.repeat_seconds is None else spec.repeat_seconds,
    )


def mistakes(spec: ReaderSpec) -> list[str]:
    """Name everything that is wrong with a line's configuration."""
    return [f"reader line {spec.name}: {mistake}" for mistake in _mistakes(spec)]


def _mistakes(spec: ReaderSpec) -> Iterator[str]:
    if not spec.path:
        yield "path is missing"
    if spec.line_baud not in _BAUDS:
        yield f"baud {spec.baud} is not between 1200 and 1000000"
    if spec.frames not in (None, 1, 2):
        yield f"frames is 1 or 2, not {spec.frames}"
    if (spec.repeat_seconds or 0) < 0:
        yield "repeat_seconds is negative"
    if spec.kind is ReaderKind.BRIDGE:
        yield from _bridge_mistakes(spec)
    elif spec.wiegand:
        yield f"only a bridge has Wiegand readers, a {spec.kind} has none"
    if spec.kind is ReaderKind.LINE:
        yield from _line_mistakes(spec.line)


def _bridge_mistakes(spec: ReaderSpec) -> Iterator[str]:
    if not spec.wiegand:
        yield "a bridge needs at least one Wiegand reader"
    for name, count in Counter(spec.reader_names).items():
        if count > 1:
            yield f"the name {name} stands {count} times"
    for number, options in spec.wiegand.items():
        if number not in range(256):
            yield f"reader number {number} is not between 0 and 255"
        if not options.formats:
            yield f"reader {options.name} lists no format"
        if options.repeat_seconds < 0:
            yield f"reader {options.name}: repeat_seconds is negative"
        for unknown in set(options.formats) - set(LAYOUT_OF) - {RAW}:
            yield f"reader {options.name}: no Wiegand format is called {unknown}"


def _line_mistakes(options: LineOptions) -> Iterator[str]:
    if not re.fullmatch(_CARD_PREFIX, options.card_prefix) or options.card_prefix == RAW:
        yield f"card_prefix {options.card_prefix} must be small letters, digits and -, and not {RAW}"
    if not (options.prefix + options.suffix).isascii():
        yield "prefix and suffix must be ASCII"
    if options.skip not in range(LINE_LIMIT):
        yield f"skip {options.skip} is not between 0 and {LINE_LIMIT - 1}"
