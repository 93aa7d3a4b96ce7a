"""The interlock (an airlock, a mantrap): a door stays locked while another is unlocked, or also while that is open.

It keeps back what would let somebody in, by card or by order, and cards at a reader inside where people get out
without us. Any other way out and fire know nothing of it.
"""

from enum import StrEnum

from doorctl.core.machines.door_state import Contact, DoorState, Strike
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.occupancy import may_deny


class InterlockWhile(StrEnum):
    """How long a door stays locked because of another: while that is unlocked, or until it is closed again, too."""

    UNLOCKED = "unlocked"
    UNLOCKED_OR_OPEN = "unlocked-or-open"


def keeps_other_locked(door: DoorState, lasting: InterlockWhile) -> bool:
    """Answer whether another door stays locked because of this one; what its contact has not told yet is open.

    It is unlocked by its strike, by wiring of its own that lets somebody out, and as long as an opening is permitted
    of which the contact may still tell.
    """
    if door.strike is not Strike.SECURED or door.passage is not None:
        return True
    return lasting is InterlockWhile.UNLOCKED_OR_OPEN and door.contact is not Contact.CLOSED


def other_doors_are_locked(request: AccessRequest, facts: Facts) -> Reason | None:
    """Whom all rules before admit waits until every door with which this one is interlocked is locked, or closed."""
    return Reason.INTERLOCKED if facts.interlocked and not request.pin_alone else None


def pin_alone_waits_for_other_doors(request: AccessRequest, facts: Facts) -> Reason | None:
    """A PIN without a card waits for them before it is looked at: else those of many would count as wrong there.

    Who gets out by us alone waits for no door, so their PIN is looked at as ever.
    """
    return Reason.INTERLOCKED if facts.interlocked and request.pin_alone and may_deny(request) else None
