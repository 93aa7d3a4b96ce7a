"""A card's one text form, whatever reader it came from: checked and normalised where people type it."""

import re

from firmware_bridge.wiegand import CardDoesNotFit, card_text, frame_of_card, parse_card
from firmware_bridge.wiegand_formats import LAYOUT_OF

_HEX_SIZES = {"em4100": (10,), "uid": (8, 14, 20)}
_OTHER = r"[a-z][a-z0-9-]{0,15}:[0-9A-Za-z._-]{4,64}"
EXAMPLES = "H10301:123:4567, em4100:3C00CE754C, uid:04A2B3C4, raw:37:FFFFFFFFF8 or line:0004335823"


def canonical_card(text: str) -> str:
    """Answer the text as a reader gives it; raises UnknownFormat or CardDoesNotFit with what to change."""
    prefix, _, rest = text.strip().partition(":")
    if prefix == "raw":
        upper = f"raw:{rest.upper()}"
        frame_of_card(upper)
        return upper
    if prefix in _HEX_SIZES:
        return _hex_card(prefix, rest.upper())
    if ":" in rest or prefix in LAYOUT_OF:
        return card_text(parse_card(text.strip()))
    if not re.fullmatch(_OTHER, text.strip()):
        raise CardDoesNotFit(f"this is no card; write it as {EXAMPLES}")
    return text.strip()


def _hex_card(prefix: str, digits: str) -> str:
    sizes = _HEX_SIZES[prefix]
    if len(digits) not in sizes or set(digits) - set("0123456789ABCDEF"):
        raise CardDoesNotFit(f"{prefix}: has {' or '.join(map(str, sizes))} hex digits")
    return f"{prefix}:{digits}"
