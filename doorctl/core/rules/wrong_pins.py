"""How many wrong PINs of late were entered with one card, or at one reader, and for how long that blocks it.

A leaky bucket: each wrong PIN is a drop; in a zone's `pin_block_seconds` as many drops leak as it has `pin_tries`.
So mistakes that many people make at a busy reader block nobody, and tries one after the other soon do.
"""

from dataclasses import dataclass
from datetime import datetime

from doorctl.core.model import Zone

BLOCKS_CREDENTIAL, BLOCKS_READER = "blocks credential", "blocks reader"
"""What the record of a wrong PIN says by which a block begins."""


@dataclass(frozen=True, slots=True)
class WrongPins:
    """So much is in the bucket as of its last drop."""

    level: float
    last: datetime


def with_another(before: WrongPins | None, at: datetime, zone: Zone) -> WrongPins:
    """Add one more to what has not leaked by now."""
    left = 0.0 if before is None else before.level - _elapsed(before, at) * zone.pin_tries / zone.pin_block_seconds
    return WrongPins(max(0.0, left) + 1, at)


def is_blocked(wrong: WrongPins | None, at: datetime, zone: Zone) -> bool:
    """Answer whether too many were entered too short ago; a clock that was set far blocks nobody for long."""
    return wrong is not None and wrong.level > zone.pin_tries - 1 and _elapsed(wrong, at) < zone.pin_block_seconds


def _elapsed(wrong: WrongPins, at: datetime) -> float:
    """Give the seconds since the last one; from a clock that went back, those back to it."""
    return abs((at - wrong.last).total_seconds())
