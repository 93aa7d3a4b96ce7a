"""A reader in enrolment: the unknown card that comes twice, one time after the other, is the one that is meant.

1. The first card waits for itself: it must come again within `AGAIN_SECONDS`. Later it is a first one again.
2. Another card between begins anew, so of two that are shown at once neither is meant.
3. A card that is somebody's is refused, and so is one of which nobody can tell; what has begun is forgotten.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from doorctl.core.request import AccessRequest, Facts

AGAIN_SECONDS = 10.0
"""The same card must come a second time so soon."""
LONGEST_SECONDS = 300
"""No reader is in enrolment for longer: nobody passes by it meanwhile."""


class Shown(StrEnum):
    """What a card means that is shown at a reader in enrolment."""

    ONCE = "once"
    TWICE = "twice"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment, by its id, until a time; `card` is the key of the card that was shown `at`, if it waits."""

    id: str
    until: float
    card: bytes | None = None
    at: float = 0.0


def unknown_card(request: AccessRequest, facts: Facts) -> bytes | None:
    """Give the key of a card that nobody has; None for any other, and while it cannot be told."""
    is_unknown = facts.policy_known and facts.credential is None
    return request.credential(facts.ring_keys) if is_unknown else None


def show(enrolment: Enrolment, card: bytes | None, at: float) -> tuple[Enrolment, Shown]:
    """Show a card by its key, None one that nobody may enrol; give what is awaited then, and what it means."""
    if card is None:
        return replace(enrolment, card=None), Shown.KNOWN
    if card == enrolment.card and at - enrolment.at <= AGAIN_SECONDS:
        return enrolment, Shown.TWICE
    return replace(enrolment, card=card, at=at), Shown.ONCE
