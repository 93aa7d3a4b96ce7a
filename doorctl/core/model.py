"""The values of a policy: zones, doors, holders and what they hold, grants, schedules, rosters."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from doorctl.core.areas import NOTHING_ASKED, Occupancy
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.modes import BY_CARD, DoorModes

MINUTES_OF_DAY = 24 * 60
USUAL_GRACE_AFTER_BOOT_SECONDS = 1800.0
USUAL_PIN_TRIES = 5
USUAL_PIN_BLOCK_SECONDS = 300
USUAL_PERSONS_SECONDS = 30


class ZoneKind(StrEnum):
    """What a zone is, for those who read the policy."""

    FLOOR = "floor"
    SERVER_ROOM = "server-room"


class OnAuditFailure(StrEnum):
    """What a granted request gets when its record cannot be written."""

    DENY = "deny"
    RELEASE = "release"


class Factor(StrEnum):
    """What a zone asks for at its doors, beside all other rules; who brings more than that is let in, too."""

    CARD = "card"
    CARD_OR_PIN = "card-or-pin"
    CARD_AND_PIN = "card-and-pin"
    PIN = "pin"


class Status(StrEnum):
    """Whether a holder or a credential counts; anything but active denies."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOST = "lost"


class Weekday(StrEnum):
    """The day that a window begins on, Monday first as in `date.weekday()`; a holiday is a day of its own."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
    HOLIDAY = "holiday"


class HolidayRule(StrEnum):
    """What a schedule makes of a holiday: the day `holiday` in place of its weekday, or nothing."""

    REPLACE = "replace"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Zone:
    """A protected place; without `max_age_seconds` no policy is too old for it.

    A `strict` zone opens by a roster only. When the policy is too old, two members of the group `break_glass` open
    it together. A wall clock that nothing confirms counts for `grace_after_boot_seconds`.

    It asks for its `factor`, but for that of the first of `factor_times` whose schedule is open. Whoever enters
    `pin_tries` wrong PINs one after the other is blocked for `pin_block_seconds`, in which as many are forgotten.
    Whoever enters has taken each course of its `trainings` within so many days.
    It lets in only so many `persons` who come together, each within `persons_seconds` of the last; at least one of
    them belongs to the group `persons_group`, if there is one. What it asks of who is inside is its `occupancy`; None
    where nobody is counted.

    It takes readers of its `reader_classes` and cards of its `card_classes` alone; any, where it names none. Whoever
    enters must have at least its `clearance` and bring at least what its factor is `raised_to`, both by the threat
    level; `is_raised` tells that it asks for something by a level above the lowest.
    """

    id: str
    kind: ZoneKind = ZoneKind.FLOOR
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    max_age_seconds: float | None = None
    strict: bool = False
    break_glass: str | None = None
    grace_after_boot_seconds: float = USUAL_GRACE_AFTER_BOOT_SECONDS
    factor: Factor = Factor.CARD
    factor_times: tuple[tuple[str, Factor], ...] = ()
    pin_tries: int = USUAL_PIN_TRIES
    pin_block_seconds: int = USUAL_PIN_BLOCK_SECONDS
    persons: int = 1
    persons_seconds: int = USUAL_PERSONS_SECONDS
    persons_group: str | None = None
    trainings: tuple[tuple[str, int], ...] = ()
    occupancy: Occupancy | None = None
    reader_classes: frozenset[ReaderClass] = frozenset()
    card_classes: frozenset[CardClass] = frozenset()
    clearance: int = 0
    raised_to: Factor = Factor.CARD_OR_PIN
    is_raised: bool = False

    @property
    def asked_inside(self) -> Occupancy:
        """What it asks of who is inside: nothing, where nobody is counted."""
        return NOTHING_ASKED if self.occupancy is None else self.occupancy


@dataclass(frozen=True, slots=True)
class Door:
    """An opening into a zone, and its modes."""

    id: str
    zone: str
    modes: DoorModes = BY_CARD


@dataclass(frozen=True, slots=True)
class Holder:
    """A person; valid from `valid_from` on and no longer at `valid_until`."""

    id: str
    status: Status = Status.ACTIVE
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse naive times."""
        require_aware(self.valid_from, self.valid_until)


@dataclass(frozen=True, slots=True)
class Credential:
    """What we hold about a card: the keyed hash of its text, and whose it is."""

    key: bytes
    holder: str
    status: Status = Status.ACTIVE
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse naive times."""
        require_aware(self.valid_from, self.valid_until)


@dataclass(frozen=True, slots=True)
class CardLimits:
    """How often a card lets in, and for how long from the first time on; None is without that limit.

    Uses are counted under `id`: another id begins anew.
    """

    id: str
    uses: int | None = None
    first_use_seconds: int | None = None

    def __post_init__(self) -> None:
        """Refuse what limits nothing."""
        if self.uses is None and self.first_use_seconds is None:
            raise ValueError("limits of a card are a number of uses, a time from the first one on, or both")


@dataclass(frozen=True, slots=True)
class CardUsed:
    """How often a card with limits has let in, and since when."""

    count: int = 0
    first: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a naive time."""
        require_aware(self.first)


class HolderTimes(NamedTuple):
    """For how long a holder has the strike released, and a door stays open behind them; None is the usual time."""

    release_seconds: float | None = None
    held_open_seconds: float | None = None


class HeldPin(NamedTuple):
    """What we hold about a holder's PIN, and about the one that opens under duress: their keyed hashes.

    They are made with so many keys of the ring; by a PIN alone they are those by which it names its holder.
    """

    key: bytes
    duress: bytes | None = None
    ring_keys: int = 1


@dataclass(frozen=True, slots=True)
class HeldCode:
    """What we hold about the code by which a holder may set an own PIN: the keyed hash of its first digits.

    It is made with so many keys of the ring. The PIN must have so many `digits`, with 0 as many as a PIN may have.
    """

    key: bytes
    valid_until: datetime
    ring_keys: int = 1
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """A holder or group may enter a zone, always or on a schedule, from and until."""

    id: str
    subject: str
    zone: str
    schedule: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse naive times."""
        require_aware(self.valid_from, self.valid_until)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of local time, in minutes since midnight, on each of the days it begins on.

    `start` is 0 to 1439 and inclusive, `end` is 0 to 1440 (24:00) and exclusive. With `end` <= `start` the
    window goes on over midnight into the next day; with `end` == `start` it lasts 24 hours.
    """

    days: frozenset[Weekday]
    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse minutes that no day has."""
        if not (0 <= self.start < MINUTES_OF_DAY and 0 <= self.end <= MINUTES_OF_DAY):
            raise ValueError(f"a window from minute {self.start} to minute {self.end} is not within a day")

    @property
    def crosses_midnight(self) -> bool:
        """Whether the window ends on the day after the one it begins on."""
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class Schedule:
    """The weekly windows in which a grant counts; without windows it never does."""

    id: str
    windows: tuple[Window, ...]
    holidays: HolidayRule = HolidayRule.REPLACE


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A roster lets a holder in with one card, always or on a schedule that stands in it, until a time.

    The schedule is read by the clock of `timezone`, which stands in the roster, too.
    """

    schedule: Schedule | None = None
    until: datetime | None = None
    timezone: tzinfo = UTC

    def __post_init__(self) -> None:
        """Refuse a naive time."""
        require_aware(self.until)


def require_aware(*times: datetime | None) -> None:
    """Refuse a time without a zone: it would be read in whatever zone the machine is set to."""
    for time in times:
        if time is not None and time.utcoffset() is None:
            raise ValueError(f"{time.isoformat()} has no time zone")
