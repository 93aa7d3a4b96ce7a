"""Commands and questions about who is inside."""

import msgspec

from doorctl.core.areas import USUAL_PASSBACK_SECONDS, Passback
from doorctl.policy.rows import Name, Occupants, PassbackSeconds, Persons, StartTime
from doorctl.wire.messages import Count
from doorctl.wire.verb import VerbStruct


class ZoneOccupancySet(VerbStruct, frozen=True, tag="zone-occupancy-set"):
    """Say what a zone asks of who is inside, and in which it lies: all anew."""

    zone: Name
    within: Name | None = None
    passback: Passback = Passback.OFF
    passback_seconds: PassbackSeconds = USUAL_PASSBACK_SECONDS
    most: Occupants | None = None
    least: Persons = 1
    reset_at: StartTime | None = None


class PassbackReset(VerbStruct, frozen=True, tag="passback-reset"):
    """Forget where a holder is, or everybody in a zone; with neither, everybody everywhere."""

    holder: Name | None = None
    zone: Name | None = None


class OccupancyOf(VerbStruct, frozen=True, omit_defaults=True, tag="occupancy-of"):
    """Ask how many are inside each zone, by the records that have come, and with ``names`` who; of a zone, or all."""

    zone: Name | None = None
    names: bool = False
    after: Count = 0


class InsideLine(msgspec.Struct, frozen=True):
    """Somebody is inside a zone: since when in Unix seconds, by which controller's count, in which of its records."""

    zone: str
    holder: str
    handle: str | None
    name: str | None
    since: int
    controller: str
    record: int


class OccupancyFound(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many are in each zone, how many may be, and a page of who they are; ``after`` if there are more."""

    counts: dict[str, int]
    most: dict[str, int] = {}
    lines: tuple[InsideLine, ...] = ()
    after: int | None = None


OccupancyVerb = ZoneOccupancySet | PassbackReset | OccupancyOf
