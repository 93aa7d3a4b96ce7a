"""The question why: what a door would decide, by the very code and facts that doors decide with.

It is answered for a door that is in touch with the hub and knows the time: its policy is fresh, its clock trusted.
Of the door's own configuration the hub knows the strict zone that its controller has told, not how many must sign.
How many wrong PINs were entered of late the doors alone know: nothing is blocked here.
"""

from dataclasses import replace
from datetime import UTC, datetime

from doorctl.core.decision import admitting_grant, decide
from doorctl.core.model import AccessRequest, Decision, Facts, Grant, HeldPin
from doorctl.core.reasons import Reason
from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, card_of
from doorctl.hub.verbs.people import called
from doorctl.policy.facts import FactsReader
from doorctl.policy.rosters import RosterBook
from doorctl.wire.questions import Why
from doorctl.wire.results import Cell, ReasonTold, WhyResult


def why(do: Why, asked: Asked) -> WhyResult:
    """Decide for a card at a door and a time, and give every reason."""
    at = asked.at if do.at is None else do.at
    request = AccessRequest(
        do.door,
        asked.card_keys.credential_keys(card_of(asked)),
        datetime.fromtimestamp(at, UTC),
        strict_zone=_strict_zone(asked, do.door),
    )
    rosters = RosterBook()
    rosters.believe(asked.roll.trust)
    facts, position = FactsReader(asked.connection, rosters=rosters).facts(request)
    if do.with_pin:
        request = _with_pin(request, facts.pin)
    decision = _decide(request, replace(facts, policy_age_seconds=0, clock_trusted=True))
    holder = facts.holder.id if facts.holder else None
    handle, name = called(asked.connection, holder)
    return WhyResult(
        door=do.door,
        zone=facts.zone.id if facts.zone else None,
        at=at,
        epoch=position.epoch,
        revision=position.revision,
        outcome=decision.outcome,
        reason=decision.reason,
        told=decision.reason.told,
        reasons=tuple(ReasonTold(reason, reason.meaning) for reason in decision.reasons or (decision.reason,)),
        grant=admitting_grant(request, facts) if decision.reason is Reason.GRANTED else None,
        grants=tuple(_grant_cells(grant) for grant in facts.grants),
        holder=holder,
        handle=handle,
        name=name,
    )


def _with_pin(request: AccessRequest, held: HeldPin | None) -> AccessRequest:
    """Suppose the holder's PIN, if there is one."""
    return request if held is None else replace(request, pins=(held.key,) * held.ring_keys)


def _strict_zone(asked: Asked, door: str) -> str | None:
    told = (presence.strict_zones.get(door) for presence in asked.roll.presences.values())
    return next((zone for zone in told if zone is not None), None)


def _decide(request: AccessRequest, facts: Facts) -> Decision:
    try:
        return decide(request, facts)
    except OverflowError as error:  # the last hours of the year 9999 lie outside datetime in eastern time zones
        raise Refused("bad-time", "this time is out of range") from error


def _grant_cells(grant: Grant) -> dict[str, Cell]:
    return {
        "grant": grant.id,
        "subject": grant.subject,
        "zone": grant.zone,
        "schedule": grant.schedule,
        "valid_from": _seconds(grant.valid_from),
        "valid_until": _seconds(grant.valid_until),
    }


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
