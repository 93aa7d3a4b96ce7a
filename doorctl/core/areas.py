"""Who counts as inside a zone: what zones ask of that, and what is known of it when somebody asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

USUAL_PASSBACK_SECONDS = 600
OUTSIDE = ""
"""The zone without a name, in which is who is known to be outside."""
_LAST_DAY = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


class Way(StrEnum):
    """Which way a reader leads: into the door's zone, or out of it."""

    IN = "in"
    OUT = "out"


class Passback(StrEnum):
    """What a zone makes of who enters while inside already, or leaves while outside.

    `soft` lets them pass and records it, `hard` denies; `timed` denies who enters again soon.
    """

    OFF = "off"
    SOFT = "soft"
    HARD = "hard"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What a zone asks of who is inside.

    It lies in the zones `around` it, the nearest first: who is inside is inside of those, too. `limits` tells how
    many these and the zone itself hold at most. Where somebody is inside, at least `least` are. With `timed` passback
    nobody enters again within `passback_seconds`. At `reset_minute` of each day all are forgotten.
    """

    around: tuple[str, ...] = ()
    passback: Passback = Passback.OFF
    passback_seconds: int = USUAL_PASSBACK_SECONDS
    limits: tuple[tuple[str, int], ...] = ()
    least: int = 1
    reset_minute: int | None = None


NOTHING_ASKED = Occupancy()


class CountedBy(StrEnum):
    """By whose count it is known who is inside: that of the whole site, or this controller's own."""

    SITE = "site"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Inside:
    """What is known of who is inside, when a holder asks.

    `zones` are those that the holder is inside of, and since when; without any they are outside, or, unless
    `place_known`, anywhere. `others` counts by zone who else is inside or has a place reserved, `staying` who else
    stays in the door's own zone. `company` are the holders who wait at the door, with the zones they are inside of.
    All of it is known by one count.
    """

    place_known: bool = False
    zones: Mapping[str, datetime] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    staying: int = 0
    company: frozenset[tuple[str, str]] = frozenset()
    by: CountedBy = CountedBy.OWN


def forgotten_with(zone: str, around: Mapping[str, Iterable[str]], *, of_one: bool) -> tuple[str, ...]:
    """Name the zones to forget with one: those in it, and of a single person those around it, too.

    `around` tells of each zone those that it lies in.
    """
    inner = sorted(each for each, outer in around.items() if zone in outer)
    return (zone, *inner, *(around.get(zone, ()) if of_one else ()))


def last_reset(minute: int, at: datetime, timezone: tzinfo) -> datetime:
    """Return when a clock on the wall showed this minute of the day last, at this moment or before.

    On the last day of the calendar there is none any more.
    """
    today = min(at, _LAST_DAY).astimezone(timezone).date()
    for day in (today, today - timedelta(days=1)):
        moment = datetime.combine(day, time(*divmod(minute, 60)), tzinfo=timezone).astimezone(UTC)
        if moment <= at:
            return moment
    return moment - timedelta(days=1)
