"""A holder sets an own PIN at a reader: whose card may, by which code, and what can be a PIN.

Nothing opens by it. The door compares what it can; the hub compares all of the code, and changes the PIN.
"""

import hmac

from doorctl.core.decision import KNOWN_AND_VALID, policy_is_known
from doorctl.core.machines.pin_entry import is_guessed_first, is_pin
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import AccessRequest, Decision, Facts
from doorctl.core.rules.emergencies import no_order_denies
from doorctl.core.rules.pin_code import is_code

BEGIN = "0"
"""What is entered to begin: no PIN is so short."""


def own_pin_refused(request: AccessRequest, facts: Facts) -> Reason | None:
    """Tell why this card may set no PIN now: it is unknown, denied at every door, or blocked."""
    reasons = (rule(request, facts) for rule in _RULES)
    return next((reason for reason in reasons if reason is not None), None)


def own_pin_denied(request: AccessRequest, facts: Facts) -> Decision:
    """Decide about a code that is not taken, whatever the card is: it counts as wrong, unless it was not tried.

    So neither the light nor what is blocked after it tells whether the card is somebody's.
    """
    is_tried = is_not_blocked(request, facts) is None
    reasons = filter(None, (own_pin_refused(request, facts), Reason.WRONG_PIN if is_tried else None))
    first, *others = reasons
    return Decision(Outcome.DENIED, first, (first, *others))


def own_pin_given_up(request: AccessRequest, facts: Facts) -> Decision:
    """Decide about a card of which nothing more came; that is no wrong code."""
    reason = own_pin_refused(request, facts) or Reason.PIN_AWAITED
    return Decision(Outcome.DENIED, reason, (reason,))


def is_not_blocked(_: AccessRequest, facts: Facts) -> Reason | None:
    """Wrong codes count as wrong PINs: too many block the card and the reader."""
    return Reason.PIN_BLOCKED if facts.credential_blocked or facts.reader_blocked else None


def code_may_be_right(code: str, told: bytes | None, request: AccessRequest, facts: Facts) -> bool:
    """Answer whether this can be the holder's code; `told` is the key of the part that doors can compare."""
    held = facts.pin_code
    if held is None or told is None or request.at >= held.valid_until:
        return False
    return hmac.compare_digest(told, held.key) and is_code(code)


def pin_fits(pin: str, facts: Facts) -> bool:
    """Answer whether this can be the holder's own PIN: not what everybody tries first, and so long as the code says.

    The one for duress fits here, and the hub refuses it: at the door nobody is to find it by trying.
    """
    if facts.pin_code is None or not is_pin(pin) or is_guessed_first(pin):
        return False
    return facts.pin_code.digits in (0, len(pin))


_RULES = (policy_is_known, no_order_denies, *KNOWN_AND_VALID, is_not_blocked)
