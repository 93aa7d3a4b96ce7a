"""The question why: what a door would decide for a card, and every reason."""

from datetime import datetime

from doorctl.core.decision import admitting_grant
from doorctl.core.model import Grant
from doorctl.core.reasons import Reason
from doorctl.hub.verbs.asked import Asked, card_of
from doorctl.hub.verbs.at_door import AtDoor
from doorctl.hub.verbs.people import called
from doorctl.wire.questions import Why
from doorctl.wire.results import Cell, ReasonTold, WhyResult


def why(do: Why, asked: Asked) -> WhyResult:
    """Decide for a card at a door and a time, and give every reason."""
    at = asked.at if do.at is None else do.at
    door = AtDoor(asked, do.door, at)
    answer = door.by_card(asked.card_keys.credential_keys(card_of(asked)), with_pin=do.with_pin)
    request, facts, decision = answer.request, answer.facts, answer.decision
    holder = facts.holder.id if facts.holder else None
    handle, name = called(asked.connection, holder)
    return WhyResult(
        door=do.door,
        zone=facts.zone.id if facts.zone else None,
        at=at,
        epoch=door.position.epoch,
        revision=door.position.revision,
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
