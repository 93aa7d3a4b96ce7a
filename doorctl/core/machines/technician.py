"""A technician at the controller itself: what is refused, and for how long doors can be tried at most.

* The mode begins and ends with records of its own, and ends by itself; with the process it ends, too.
* It shows what readers and inputs tell, and releases one door at a time for its usual time, each with its record
  first. It adds no rights: nobody gets in by a card that is not let in without it.
* A lockdown and an airlock hold against it, as against an admin's order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from doorctl.core.words import Word

MOST_SECONDS = 4 * 3600
USUAL_SECONDS = 1800
LATE_SECONDS = 2.0
"""A release whose record takes longer comes by surprise: nobody watches the door any more."""
PAIRING_BEGUN = "begun"
"""How the record begins by which a reader is going to be given its key at the controller."""


class TechnicianRefusal(Word):
    """Why a technician's request is refused: the stable word and its meaning."""

    TOO_LONG = "too-long", f"Doors can be tried for {MOST_SECONDS // 3600} hours at most."
    BEGUN_ALREADY = "begun-already", "Somebody tries doors here already: `doorctl technician end` ends that."
    NOT_BEGUN = "not-begun", "Nobody tries doors here now: `doorctl technician start`."
    UNKNOWN_DOOR = "unknown-door", "This controller has no such door."
    LOCKDOWN = "lockdown", "The zone is locked down."
    INTERLOCKED = "interlocked", "A door that this one is interlocked with is unlocked or open."
    LATE = "late", "The record reached the disk too late for the strike to follow it."
    AUDIT_FAILED = "audit-failed", "The record could not be written."


@dataclass(frozen=True, slots=True)
class PulseFacts:
    """What counts for one release; all by the door's own clocks."""

    begun: bool
    known: bool = True
    locked_down: bool = False
    interlocked: bool = False
    waited_seconds: float = 0.0


_FORBIDS: Mapping[TechnicianRefusal, Callable[[PulseFacts], bool]] = {
    TechnicianRefusal.NOT_BEGUN: lambda pulse: not pulse.begun,
    TechnicianRefusal.UNKNOWN_DOOR: lambda pulse: not pulse.known,
    TechnicianRefusal.LOCKDOWN: lambda pulse: pulse.locked_down,
    TechnicianRefusal.INTERLOCKED: lambda pulse: pulse.interlocked,
    TechnicianRefusal.LATE: lambda pulse: pulse.waited_seconds > LATE_SECONDS,
}


def refused_pulse(pulse: PulseFacts) -> TechnicianRefusal | None:
    """Name what forbids a release, None if nothing does."""
    return next((refusal for refusal, forbids in _FORBIDS.items() if forbids(pulse)), None)


def refused_beginning(seconds: float, *, begun: bool) -> TechnicianRefusal | None:
    """Name what forbids to begin, None if nothing does."""
    if not 0 < seconds <= MOST_SECONDS:
        return TechnicianRefusal.TOO_LONG
    return TechnicianRefusal.BEGUN_ALREADY if begun else None
