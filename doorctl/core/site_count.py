"""Where somebody is by two tellers: the hub, for all doors of the site, and the controller, for its own.

1. Of each zone the newest word counts; in the same second, that somebody left.
2. Who is outside by our own doors was inside nowhere before.
3. The hub's word counts for as long as it is heard of; after that only what the controller has counted itself.
"""

from collections.abc import Mapping
from typing import NamedTuple

from doorctl.core.areas import OUTSIDE

SILENCE_SECONDS = 60.0
"""So long after the newest word of the hub it is still the site's count that counts."""


class Known(NamedTuple):
    """Since when somebody is inside a zone, or has left it; the higher of two is the newer one."""

    at: int
    left: bool


def where_by(told: Mapping[str, Known], own: Mapping[str, Known], *, outside: int | None) -> dict[str, int]:
    """Return since when somebody is inside which zones, or outside, by the hub and by our own doors.

    ``outside`` is since when they are so by our own doors. Where nothing is known there is nothing.
    """
    newest = {zone: max(each[zone] for each in (told, own) if zone in each) for zone in {*told, *own}}
    if outside is not None:
        newest = {zone: max(known, Known(outside, left=True)) for zone, known in newest.items()}
        newest[OUTSIDE] = Known(outside, left=True)
    inside = {zone: known.at for zone, known in newest.items() if not known.left}
    if inside or not newest:
        return inside
    return {OUTSIDE: max(known.at for known in newest.values())}


def is_site_counted(as_of: float | None, now: float) -> bool:
    """Answer whether the site's count counts, of which the newest word is as old as this; None, there was none."""
    return as_of is not None and now - as_of <= SILENCE_SECONDS
