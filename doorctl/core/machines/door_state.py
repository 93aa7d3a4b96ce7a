"""What is known about one door between two events, and how it is set up."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from doorctl.core.machines.door_events import AccessDecided, Effect, Signal, SignalName
from doorctl.core.reasons import Reason


class Strike(StrEnum):
    """What the strike does."""

    SECURED = "secured"
    RELEASED = "released"
    FIRE = "fire"


class Contact(StrEnum):
    """What the contact last told."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """How one door behaves.

    `relock_on_open`: secure the strike as soon as the door opens; otherwise when it closes again. `unlock_seconds`
    ends a release in either case. `held_warning_seconds` before a door counts as held open people there are warned;
    that is at most half of `held_open_seconds`, and with 0 never. `open_grace_seconds`: an opening counts as
    permitted that long after the strike was secured, because the contact is debounced. `rex_releases`: REX moves
    the strike; otherwise the egress is in the wiring and REX only tells that an opening is no break-in.
    """

    unlock_seconds: float = 5.0
    held_open_seconds: float = 30.0
    held_warning_seconds: float = 10.0
    open_grace_seconds: float = 0.5
    relock_on_open: bool = True
    has_contact: bool = True
    rex_releases: bool = False

    def __post_init__(self) -> None:
        """Refuse times at which a door would never be passable or never be secured."""
        if not (0 < self.unlock_seconds < inf and 0 < self.held_open_seconds < inf):
            raise ValueError("unlock_seconds and held_open_seconds must be more than 0 and finite")
        if not (0 <= self.open_grace_seconds < inf and 0 <= self.held_warning_seconds < inf):
            raise ValueError("open_grace_seconds and held_warning_seconds must be 0 or more and finite")


@dataclass(frozen=True, slots=True)
class Permit:
    """Why something is allowed, by which decision, and until when (monotonic seconds)."""

    reason: Reason
    of: int | None
    until: float


@dataclass(frozen=True, slots=True)
class DoorState:
    """One door.

    `release` holds the strike released, `hold` does so by order for a longer time, `passage` is the permission to
    open that nobody has used yet. `passage_awaited`: that the door stays shut is worth a record. `opened_of` is the
    decision by which an open door was opened, `held_recorded` that its being held open was recorded, `warned_of` the
    `held_at` that people were warned of.
    """

    settings: DoorSettings = field(default_factory=DoorSettings)
    contact: Contact = Contact.UNKNOWN
    fire: bool = False
    pending: AccessDecided | None = None
    release: Permit | None = None
    hold: Permit | None = None
    passage: Permit | None = None
    passage_awaited: bool = False
    opened_of: int | None = None
    held_at: float | None = None
    held_recorded: bool = False
    warned_of: float | None = None

    @property
    def strike(self) -> Strike:
        """What the strike does now."""
        if self.fire:
            return Strike.FIRE
        return Strike.SECURED if self.release is None and self.hold is None else Strike.RELEASED

    @property
    def relock_at(self) -> float | None:
        """When the strike is secured at the latest."""
        return None if self.release is None else self.release.until

    @property
    def is_left_open(self) -> bool:
        """Whether the strike stays released although a release ends, and nobody is told to close the door."""
        return self.fire or self.hold is not None

    @property
    def hold_until(self) -> float | None:
        """When the strike is no longer held released by order."""
        return None if self.hold is None else self.hold.until

    @property
    def open_by(self) -> float | None:
        """Until when the door may be opened."""
        return None if self.passage is None else self.passage.until

    @property
    def is_warning(self) -> bool:
        """Whether people are told now that the door is held open soon."""
        return self.held_at is not None and self.held_at == self.warned_of

    @property
    def warn_at(self) -> float | None:
        """When people are told that the door is held open soon."""
        if self.held_at is None or self.is_warning:
            return None
        return self.held_at - min(self.settings.held_warning_seconds, self.settings.held_open_seconds / 2)

    @property
    def next_deadline(self) -> float | None:
        """When the next `Tick` is due."""
        deadlines = (self.relock_at, self.hold_until, self.open_by, self.warn_at, self.held_at)
        return min((deadline for deadline in deadlines if deadline is not None), default=None)


Transition = tuple[DoorState, tuple[Effect, ...]]
"""The next state, and the effects in the order in which they must happen."""


def warning_ended(state: DoorState) -> tuple[Effect, ...]:
    """Fall silent, where people are told that the door is held open soon."""
    return (Signal(SignalName.IDLE),) if state.is_warning else ()
