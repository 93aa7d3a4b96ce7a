"""What is known about one door between two events, and how it is set up."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf

from doorctl.core.machines.door_events import AccessDecided, Effect, Record, Signal, SignalName
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind


class Strike(StrEnum):
    """What the strike does."""

    SECURED = "secured"
    RELEASED = "released"
    FIRE = "fire"


class Contact(StrEnum):
    """What the contact tells: nothing yet, closed, open, or, by a fault of its line, no longer that it is closed."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"
    LOST = "lost"

    @property
    def tells(self) -> bool:
        """Whether it tells anything."""
        return self in (Contact.CLOSED, Contact.OPEN)


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
    """Why something is allowed, by which decision, and until when (monotonic seconds).

    Behind whoever comes in by it the door may stay open for `held_open_seconds`; None is as long as usual. What
    `lets_out` nobody withdraws.
    """

    reason: Reason
    of: int | None
    until: float
    held_open_seconds: float | None = None
    lets_out: bool = False


@dataclass(frozen=True, slots=True)
class DoorState:
    """One door.

    `release` holds the strike released, `hold` does so by order for a longer time, `unlocked` by the mode of the door
    until that ends, `passage` is the permission to open that nobody has used yet. `passage_awaited`: that the door
    stays shut is worth a record. `opened_of` is the decision by which an open door was opened, `held_recorded` that
    its being held open was recorded, `warned_of` the `held_at` that people were warned of.
    """

    settings: DoorSettings = field(default_factory=DoorSettings)
    contact: Contact = Contact.UNKNOWN
    fire: bool = False
    pending: AccessDecided | None = None
    release: Permit | None = None
    hold: Permit | None = None
    unlocked: Permit | None = None
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
        return Strike.SECURED if self.release is None and self.left_open_by is None else Strike.RELEASED

    @property
    def relock_at(self) -> float | None:
        """When the strike is secured at the latest."""
        return None if self.release is None else self.release.until

    @property
    def is_left_open(self) -> bool:
        """Whether the strike stays released although a release ends, and nobody is told to close the door."""
        return self.fire or self.left_open_by is not None

    @property
    def left_open_by(self) -> Permit | None:
        """By what the strike is held released for longer than somebody takes to pass: an order or a mode."""
        return self.hold or self.unlocked

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


def watched_if_open(state: DoorState, now: float) -> DoorState:
    """Give an open door that is no longer left open its time to be closed."""
    if state.is_left_open or state.contact is not Contact.OPEN or state.held_recorded:
        return state
    return replace(state, held_at=now + state.settings.held_open_seconds)


def not_opened(state: DoorState) -> tuple[Effect, ...]:
    """Give the record of a passage that was expected, and that nobody has used when it ends."""
    if state.passage is None or not state.passage_awaited:
        return ()
    return (Record(RecordKind.NOT_OPENED, state.passage.reason, state.passage.of),)


def warning_ended(state: DoorState) -> tuple[Effect, ...]:
    """Fall silent, where people are told that the door is held open soon."""
    return (Signal(SignalName.IDLE),) if state.is_warning else ()
