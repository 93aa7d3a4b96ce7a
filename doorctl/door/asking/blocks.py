"""Whose wrong PINs count together, a card's or a reader's, by a key that tells which; what a record says of it."""

from collections.abc import Mapping
from datetime import datetime

from doorctl.audit.state import WrongPinsKept
from doorctl.core.model import Zone
from doorctl.core.request import Facts
from doorctl.core.rules.wrong_pins import BLOCKS_CREDENTIAL, BLOCKS_READER, WrongPins, is_blocked
from doorctl.core.uses_told import put_together

_OF_CARD, _OF_READER = "credential:", "reader:"
_TOLD: Mapping[str, str] = {_OF_CARD: BLOCKS_CREDENTIAL, _OF_READER: BLOCKS_READER}


def card_key(facts: Facts) -> str | None:
    """Name the card by its credential key; None where there is none."""
    return None if facts.credential is None else f"{_OF_CARD}{facts.credential.key.hex()}"


def reader_key(name: str) -> str:
    """Name a reader."""
    return f"{_OF_READER}{name}"


def blocks_told(kept: WrongPinsKept, at: datetime, zone: Zone) -> str:
    """Say what the wrong PIN of just now, of which this is remembered, has blocked in a zone; nothing if nothing."""
    levels = kept.levels.items()
    blocked = [whose for whose, (level, _) in levels if level and is_blocked(WrongPins(level, at), at, zone)]
    if not blocked:
        return ""
    return put_together(*(told for of, told in _TOLD.items() if any(whose.startswith(of) for whose in blocked)))
