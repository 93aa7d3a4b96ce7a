"""What a door is told (events, `now` in monotonic seconds) and what it asks for (effects)."""

from dataclasses import dataclass
from enum import StrEnum

from doorctl.core.model import HolderTimes, OnAuditFailure
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision


@dataclass(frozen=True, slots=True)
class AccessDecided:
    """A request was answered, `pin_alone` one without a card; its record is to be written before anything moves.

    `times` are what those need whom it lets in. `lets_out`: it lets somebody out, who has no way out without us.
    """

    decision: Decision
    now: float
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    pin_alone: bool = False
    times: HolderTimes | None = None
    lets_out: bool = False


@dataclass(frozen=True, slots=True)
class RecordCommitted:
    """The pending decision's record is on disk, as number `seq`; `withheld` tells why a grant no longer counts."""

    seq: int
    now: float
    withheld: Reason | None = None


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """The record of the pending decision could not be written; `late` when that took too long to obey it anyway."""

    now: float
    late: bool = False


@dataclass(frozen=True, slots=True)
class OpenOrdered:
    """An order to open the door counts, or a technician's, and its record is on disk as number `seq`."""

    seq: int
    now: float
    reason: Reason = Reason.ORDER


@dataclass(frozen=True, slots=True)
class HoldOpenOrdered:
    """An order to hold the door open until a time counts, and its record is on disk as number `seq`."""

    seq: int
    now: float
    until: float


@dataclass(frozen=True, slots=True)
class UnlockedByMode:
    """The mode of the door leaves it unlocked, and the record of that is on disk as number `seq`."""

    now: float
    seq: int | None


@dataclass(frozen=True, slots=True)
class UnlockEnded:
    """The mode of the door leaves it unlocked no longer, or something keeps it from that."""

    now: float
    reason: Reason = Reason.MODE


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nobody may be let in any more: `of` names the one decision that this is about, None all of them and orders."""

    now: float
    reason: Reason
    of: int | None = None


@dataclass(frozen=True, slots=True)
class ContactOpened:
    """The contact tells open."""

    now: float


@dataclass(frozen=True, slots=True)
class ContactClosed:
    """The contact tells closed."""

    now: float


@dataclass(frozen=True, slots=True)
class ContactLost:
    """The contact's line has a fault: nobody can tell whether the door is open."""

    now: float


@dataclass(frozen=True, slots=True)
class RexPressed:
    """Somebody inside asks to leave."""

    now: float


@dataclass(frozen=True, slots=True)
class FireStarted:
    """The fire input became active."""

    now: float


@dataclass(frozen=True, slots=True)
class FireEnded:
    """The fire input rests again."""

    now: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by; whatever is due at `now` happens."""

    now: float


DoorEvent = (
    AccessDecided
    | RecordCommitted
    | RecordFailed
    | OpenOrdered
    | HoldOpenOrdered
    | UnlockedByMode
    | UnlockEnded
    | Withdrawn
    | ContactOpened
    | ContactClosed
    | ContactLost
    | RexPressed
    | FireStarted
    | FireEnded
    | Tick
)


class SignalName(StrEnum):
    """What the people at the door are shown."""

    GRANTED = "granted"
    DENIED = "denied"
    WRONG_PIN = "wrong-pin"
    LOCKDOWN = "lockdown"
    FAULT = "fault"
    HELD_SOON = "held-soon"
    HELD = "held"
    WAITING = "waiting"
    WAITING_FOR_SECOND = "waiting-for-second"
    ENROL = "enrol"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Release:
    """Release the strike, for so many seconds or, with None, until it is secured; the core secures it itself."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Secure:
    """Secure the strike."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Show something at the door."""

    name: SignalName


@dataclass(frozen=True, slots=True)
class Record:
    """Write a record; `of` is the number of the decision it belongs to."""

    kind: RecordKind
    reason: Reason | None = None
    of: int | None = None
    detail: str = ""
    outcome: Outcome | None = None


Effect = Release | Secure | Signal | Record
