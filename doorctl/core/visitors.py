"""Visitors: what a zone asks of those who bring them, and what is known of one who asks to pass."""

from dataclasses import dataclass

from doorctl.core.model import Grant, Holder

USUAL_ESCORT_SECONDS = 30
USUAL_MOST_VISITORS = 5
USUAL_VISIT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Escorting:
    """What a zone asks where a visitor comes: nothing if they may come `alone`.

    Otherwise they come within `seconds` after an escort was let in at the same door, who brings at most `most`
    different visitors within `per_seconds`.
    """

    alone: bool = False
    seconds: int = USUAL_ESCORT_SECONDS
    most: int = USUAL_MOST_VISITORS
    per_seconds: int = USUAL_VISIT_SECONDS


USUAL_ESCORTING = Escorting()
"""Of a zone of which nothing is said."""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """In whose name a guest is here: that person, the zones they may invite to, and their own grants for this one."""

    holder: Holder
    zones: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A holder who is a visitor.

    `escorts` are those who were let in at the door a moment ago and may bring this visitor, `full` those of them who
    brought as many others of late as the zone lets them. A guest is here in the name of `sponsor`, of whom
    `sponsored_by` is what is known.
    """

    holder: str
    escorts: frozenset[str] = frozenset()
    full: frozenset[str] = frozenset()
    sponsor: str | None = None
    sponsored_by: Sponsor | None = None
