"""Orders to a door: whether one is carried out now, and the words for what became of it.

What ends a hold, or denies somebody, asks for its time alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from doorctl.core.words import Word

ORDER_SECONDS = 15
"""The longest time from the making of an order to its expiry."""
CLOCK_DIFFERENCE_SECONDS = 300
"""The door's clock may be so far behind the hub's."""
MAX_HOLD_OPEN_SECONDS = 12 * 3600


class OrderOutcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    REFUSED = "refused"


class OrderRefusal(Word):
    """Why an order was refused: the stable word and its meaning."""

    EXPIRED = "expired", "The order came too late, or its record did."
    TOO_FAR_AHEAD = "too-far-ahead", "The order ends so far ahead that it is not one of now, by the door's clock."
    UNKNOWN_DOOR = "unknown-door", "The controller has no such door."
    SUSPENDED_ADMIN = "suspended-admin", "An officer has suspended the admin."
    NO_POLICY = "no-policy", "The policy cannot be read, or does not know the door."
    LOCKDOWN = "lockdown", "The zone is locked down."
    NEEDS_UPGRADE = "needs-upgrade", "The zone has rules that this doorctl is too old for."
    OFFICERS_ONLY = "officers-only", "A strict door takes orders from officers alone."
    OVER = "over", "The time until which the door was to be held open is over."
    TOO_LONG = "too-long", f"Nobody holds a door open for more than {MAX_HOLD_OPEN_SECONDS // 3600} hours."
    AUDIT_FAILED = "audit-failed", "The record of the order could not be written."
    NO_DOOR = "no-door", "No door process runs on the controller."
    INTERLOCKED = "interlocked", "A door that this one is interlocked with is unlocked or open."
    WHICH_READER = "which-reader", "The door has no reader of this name; it has several, and none was named."
    WAY_OUT = "way-out", "The reader lets people out, and nothing else does."
    PASSED = (
        "passed",
        "The door's policy is beyond the revision until which it was to deny: nothing is denied by it; "
        "what began by a policy of before that revision ends.",
    )


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is known when a door is to be opened by order, or held open for `hold_seconds`."""

    admin_suspended: bool
    by_officer: bool
    policy_known: bool
    locked_down: bool
    needs_upgrade: bool
    strict: bool
    interlocked: bool
    hold_seconds: float | None = None


def refused_by_time(seconds_left: float) -> OrderRefusal | None:
    """Tell why an order that is over in so many seconds, by the door's clock, is none of now; None if it is."""
    if seconds_left <= 0:
        return OrderRefusal.EXPIRED
    return OrderRefusal.TOO_FAR_AHEAD if seconds_left > ORDER_SECONDS + CLOCK_DIFFERENCE_SECONDS else None


def refused_at_door(order: OrderFacts) -> OrderRefusal | None:
    """Give the word of the first rule that forbids it, None if it may be carried out."""
    return next((word for word, forbids in ORDER_RULES.items() if forbids(order)), None)


def refused_enrolment(order: OrderFacts, *, reader: str | None, lets_out: bool) -> OrderRefusal | None:
    """Give the word of the first rule that forbids to put a reader in enrolment, None if it may be.

    `lets_out`: the reader does, and nothing else.
    """
    if reader is None:
        return OrderRefusal.WHICH_READER
    if lets_out:
        return OrderRefusal.WAY_OUT
    return next((word for word in ENROLMENT_RULES if ORDER_RULES[word](order)), None)


ORDER_RULES: Mapping[OrderRefusal, Callable[[OrderFacts], bool]] = {
    OrderRefusal.SUSPENDED_ADMIN: lambda order: order.admin_suspended,
    OrderRefusal.NO_POLICY: lambda order: not order.policy_known,
    OrderRefusal.LOCKDOWN: lambda order: order.locked_down,
    OrderRefusal.NEEDS_UPGRADE: lambda order: order.needs_upgrade,
    OrderRefusal.OFFICERS_ONLY: lambda order: order.strict and not order.by_officer,
    OrderRefusal.OVER: lambda order: order.hold_seconds is not None and order.hold_seconds <= 0,
    OrderRefusal.TOO_LONG: lambda order: (order.hold_seconds or 0) > MAX_HOLD_OPEN_SECONDS,
    OrderRefusal.INTERLOCKED: lambda order: order.interlocked,
}
ENROLMENT_RULES = (
    *(OrderRefusal.SUSPENDED_ADMIN, OrderRefusal.NO_POLICY),
    *(OrderRefusal.NEEDS_UPGRADE, OrderRefusal.OFFICERS_ONLY),
)
"""What forbids an enrolment, which opens nothing: neither a lockdown nor another door."""
