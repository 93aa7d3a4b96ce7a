"""From a configured serial line to its protocol, and every mistake in it at once, by its key in the file."""

import os
import re
from collections.abc import Iterator, Mapping

from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.osdp_panel import is_installed
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_options import HAS_READERS, LineOptions, ReaderKind, ReaderSpec
from firmware_bridge.reader_protocol import ReaderProtocol
from firmware_bridge.strike_outputs import StrikeOutputs
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

MOST_OSDP_READERS = 8
_NUMBERS: Mapping[ReaderKind, range] = {ReaderKind.BRIDGE: range(256), ReaderKind.OSDP: range(127)}
_BAUDS = range(1200, 1_000_001)
_LONGEST_REPEAT_SECONDS = 60
_CARD_PREFIX = r"[a-z][a-z0-9-]{0,15}"


def make_protocol(
    spec: ReaderSpec,
    *,
    session: int | None = None,
    keys: Mapping[str, bytes] | None = None,
    strikes: StrikeOutputs | None = None,
) -> ReaderProtocol:
    """Build the protocol of a line; a bridge's session is random unless given, ``keys`` are those of OSDP readers."""
    if spec.kind is ReaderKind.OSDP:
        return OsdpProtocol(spec.wiegand, keys or {}, line=spec.name)
    if spec.kind is ReaderKind.BRIDGE:
        chosen = (int.from_bytes(os.urandom(4)) or 1) if session is None else session
        return BridgeProtocol(spec.wiegand, line=spec.name, session=chosen, inputs=spec.inputs, strikes=strikes)
    return TextReaderProtocol(
        spec.name,
        frame_format(spec.kind, spec.line),
        frames=spec.frames or DEFAULT_FRAMES[spec.kind],
        repeat_seconds=REPEAT_SECONDS if spec.repeat_seconds is None else spec.repeat_seconds,
    )


def mistakes(spec: ReaderSpec) -> list[str]:
    """Name every value that a line cannot have, each after its key."""
    return list(_mistakes(spec))


def _mistakes(spec: ReaderSpec) -> Iterator[str]:
    if spec.baud is not None and spec.baud not in _BAUDS:
        yield f"baud: {spec.baud} is not between {_BAUDS.start} and {_BAUDS.stop - 1}"
    if spec.frames not in (None, 1, 2):
        yield f"frames: must be 1 or 2, not {spec.frames}"
    yield from _repeat_mistakes("", spec.repeat_seconds or 0.0)
    if spec.kind in HAS_READERS:
        yield from _reader_mistakes(spec)
    if spec.kind is ReaderKind.OSDP and not is_installed():
        yield "kind: osdp needs the package libosdp: pip install 'doorctl[osdp]'"
    if spec.kind is ReaderKind.LINE:
        yield from _line_mistakes(spec.line)


def _reader_mistakes(spec: ReaderSpec) -> Iterator[str]:
    numbers = _NUMBERS[spec.kind]
    if spec.kind is ReaderKind.OSDP and len(spec.wiegand) > MOST_OSDP_READERS:
        yield f"reader: {len(spec.wiegand)} are more than {MOST_OSDP_READERS}, which one line serves in time"
    for number, options in spec.wiegand.items():
        key = f"reader[{options.name}]."
        if number not in numbers:
            yield f"{key}number: {number} is not between 0 and {numbers.stop - 1}"
        if not options.formats:
            yield f"{key}formats: there must be at least one"
        yield from _repeat_mistakes(key, options.repeat_seconds)
        for unknown in sorted(set(options.formats) - set(LAYOUT_OF) - {RAW}):
            yield f"{key}formats: no Wiegand format is called {unknown}"


def _repeat_mistakes(key: str, seconds: float) -> Iterator[str]:
    if not 0 <= seconds <= _LONGEST_REPEAT_SECONDS:
        yield f"{key}repeat_seconds: {seconds:g} is not between 0 and {_LONGEST_REPEAT_SECONDS}"


def _line_mistakes(options: LineOptions) -> Iterator[str]:
    if not re.fullmatch(_CARD_PREFIX, options.card_prefix) or options.card_prefix == RAW:
        yield f"card_prefix: {options.card_prefix} must be small letters, digits and -, and not {RAW}"
    for key, text in (("prefix", options.prefix), ("suffix", options.suffix)):
        if not text.isascii():
            yield f"{key}: must be ASCII"
    if options.skip not in range(LINE_LIMIT):
        yield f"skip: {options.skip} is not between 0 and {LINE_LIMIT - 1}"
