"""What somebody must bring: a card, a PIN, either or both; a PIN can be wrong, blocked, or the one for duress.

Keyed hashes of PINs are compared in a time that does not depend on them, and the right one takes no other way than
the one for duress.
"""

import hmac
from collections.abc import Iterable
from typing import Protocol

from doorctl.core.areas import Way
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Decision, Facts
from doorctl.core.rules.clock_rules import clock_counts
from doorctl.core.rules.company import lacks_company_alone
from doorctl.core.rules.interlock import pin_alone_waits_for_other_doors
from doorctl.core.schedule import is_open

BY_CARD_ALONE = frozenset({Factor.CARD, Factor.CARD_OR_PIN})
BY_PIN_ALONE = frozenset({Factor.PIN, Factor.CARD_OR_PIN})
"""What a card, or a PIN, without the other is enough for."""


class FactorByTheClock(Protocol):
    """What a zone asks for at some time, as policies, commands and site files say it."""

    @property
    def factor(self) -> Factor:
        """What is asked for then."""


def factors_asked(factor: Factor, times: Iterable[FactorByTheClock]) -> frozenset[Factor]:
    """Return all that a zone asks for, at one time or another."""
    return frozenset({factor, *(time.factor for time in times)})


def stronger(one: Factor, other: Factor) -> Factor:
    """Return the weakest factor that lets in nobody whom one of these two keeps out."""
    if one is other or other is Factor.CARD_OR_PIN:
        return one
    return other if one is Factor.CARD_OR_PIN else Factor.CARD_AND_PIN


def factor_asked(request: AccessRequest, facts: Facts) -> Factor:
    """Tell what the zone asks for now, and of who enters at least what the threat level has raised it to."""
    usual = _usual_factor(request, facts)
    return usual if facts.zone is None or request.way is Way.OUT else stronger(usual, facts.zone.raised_to)


def _usual_factor(request: AccessRequest, facts: Facts) -> Factor:
    """Tell what the zone asks for now; where that cannot be told for want of a clock or a schedule, card and PIN."""
    if facts.zone is None or not facts.zone.factor_times:
        return Factor.CARD if facts.zone is None else facts.zone.factor
    if not clock_counts(request, facts):
        return Factor.CARD_AND_PIN
    for id_, factor in facts.zone.factor_times:
        schedule = facts.schedules.get(id_)
        if schedule is None:
            return Factor.CARD_AND_PIN
        if is_open(schedule, request.at, facts.timezone, facts.holidays):
            return factor
    return facts.zone.factor


def pin_alone_is_enough(request: AccessRequest, facts: Facts) -> Reason | None:
    """Without a card, a PIN is looked at only where the zone takes one alone."""
    takes_it = not request.pin_alone or factor_asked(request, facts) in BY_PIN_ALONE
    return None if takes_it else Reason.CARD_AWAITED


def pin_may_be_tried(request: AccessRequest, facts: Facts) -> Reason | None:
    """After too many wrong PINs, neither that card counts nor a PIN at that reader, for a while."""
    at_reader = facts.reader_blocked and (request.pins is not None or _lacks_pin(request, facts))
    return Reason.PIN_BLOCKED if facts.credential_blocked or at_reader else None


def entered_pin_may_be_tried(request: AccessRequest, facts: Facts) -> Reason | None:
    """Who leaves by a card is asked for no PIN, so that none keeps them in; one that is entered is tried as ever.

    Who has brought neither is nobody.
    """
    if request.pins is None:
        return Reason.CARD_AWAITED if request.pin_alone else None
    return pin_may_be_tried(request, facts)


def pin_is_right(request: AccessRequest, facts: Facts) -> Reason | None:
    """A PIN that was entered must be the holder's, or the one that opens under duress; a blocked one is not tried."""
    if not _is_looked_at(request, facts):
        return None
    is_right, is_duress = _matches(request, facts)
    return None if is_right or is_duress else Reason.WRONG_PIN


def pin_is_presented(request: AccessRequest, facts: Facts) -> Reason | None:
    """Whom all other rules admit must enter the PIN where the zone asks for one."""
    if not _lacks_pin(request, facts):
        return None
    return Reason.NO_PIN if facts.pin is None else Reason.PIN_AWAITED


def is_under_duress(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether the PIN is the one of somebody who is forced to open, where any is looked at.

    Anywhere else whoever tries one after the other, and is never blocked, would call for help at last.
    """
    if not _is_looked_at(request, facts):
        return False
    is_right, is_duress = _matches(request, facts)
    return is_duress and not is_right


def pin_failed(request: AccessRequest, facts: Facts, decision: Decision) -> bool:
    """Answer whether this counts as a wrong PIN: it is one, or a PIN without a card opens nothing, whosever it is.

    If that did not count, whoever tries PINs would learn from the next one, or by a stopwatch, that it is somebody's.
    """
    if Reason.WRONG_PIN in decision.reasons:
        return True
    in_vain = not decision.is_granted and not lacks_company_alone(decision)
    return request.pin_alone and in_vain and _is_looked_at(request, facts)


def _is_looked_at(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether a PIN was entered that may be tried, and counts here."""
    if request.pins is None or pin_alone_waits_for_other_doors(request, facts) is not None:
        return False
    return pin_may_be_tried(request, facts) is None and pin_alone_is_enough(request, facts) is None


def _lacks_pin(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether the zone asks for a PIN, or there is no card, and none was entered."""
    return request.pins is None and (request.pin_alone or factor_asked(request, facts) not in BY_CARD_ALONE)


def _matches(request: AccessRequest, facts: Facts) -> tuple[bool, bool]:
    """Answer whether the PIN is the holder's, and whether it is the one for duress; always by two comparisons.

    Without a holder it is nobody's.
    """
    held = facts.pin if facts.holder else None
    entered = None if held is None else request.pin(held.ring_keys)
    if held is None or entered is None:
        return False, False
    is_duress = hmac.compare_digest(entered, held.duress or held.key)
    return hmac.compare_digest(entered, held.key), is_duress
