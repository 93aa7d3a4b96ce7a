"""How many wrong PINs were entered in a row with one card, or at one reader, and for how long that blocks it."""

from dataclasses import dataclass, replace
from datetime import datetime

from doorctl.core.model import Zone


@dataclass(frozen=True, slots=True)
class WrongPins:
    """So many in a row, the last of them then."""

    count: int
    last: datetime


def with_another(before: WrongPins | None, at: datetime, zone: Zone) -> WrongPins:
    """Count one more; those that lie further back than the zone remembers are forgotten."""
    if before is None or not _is_remembered(before, at, zone):
        return WrongPins(1, at)
    return replace(before, count=before.count + 1, last=at)


def is_blocked(wrong: WrongPins | None, at: datetime, zone: Zone) -> bool:
    """Answer whether too many were entered too short ago; a clock that was set far blocks nobody for long."""
    return wrong is not None and wrong.count >= zone.pin_tries and _is_remembered(wrong, at, zone)


def _is_remembered(wrong: WrongPins, at: datetime, zone: Zone) -> bool:
    """Answer whether the last lies within the zone's time; one just ahead of a clock that went back does, too."""
    return abs((at - wrong.last).total_seconds()) < zone.pin_block_seconds
