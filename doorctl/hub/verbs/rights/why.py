"""The question why: what a door would decide for a card or a person, every reason, and what would have to change.

Who enrols people, and has no other role, gets the reasons that they can do something about; of the others they get
what the holder may hear.
"""

from datetime import datetime

from msgspec.structs import replace

from doorctl.core.model import Grant
from doorctl.core.reasons import Reason
from doorctl.core.returning import comes_in_at, ends_at
from doorctl.core.rules.grant_rules import admitting_grant
from doorctl.core.rules.strict import is_strict
from doorctl.errors import Refused
from doorctl.hub.rights.roles import CLERK
from doorctl.hub.verbs.asked import Asked, card_of
from doorctl.hub.verbs.people.people import called, handle_of, holder_called
from doorctl.hub.verbs.rights.at_door import Answer, AtDoor, Supposed, best_of, with_the_pin
from doorctl.hub.verbs.rights.remedies import REMEDIES
from doorctl.wire.questions import Why
from doorctl.wire.results import Cell, OtherTold, ReasonTold, WhyResult

_DESK = frozenset({CLERK})


def why(do: Why, asked: Asked) -> WhyResult:
    """Decide at a door and a time for a card, or for the best of a person's, and give every reason."""
    at = asked.at if do.at is None else do.at
    supposed = Supposed(do.way, do.egress_is_wired, do.reader_class, do.interlocked)
    door = AtDoor(asked, do.door, at, threat=do.threat, is_now=do.at is None, supposed=supposed)
    others = tuple(_comes_before(holder, door, asked, by_pin=do.with_pin) for holder in do.others)
    answers = _answers(do, door, asked)
    answer = best_of(answers)
    facts, decision = answer.facts, answer.decision
    comes_in = None if decision.is_granted else comes_in_at(answer.request, facts)
    mode = door.mode
    holder = facts.holder.id if facts.holder else None
    handle, name = called(asked.connection, holder)
    found = WhyResult(
        door=do.door,
        zone=facts.zone.id if facts.zone else None,
        at=at,
        epoch=door.position.epoch,
        revision=door.position.revision,
        outcome=decision.outcome,
        reason=decision.reason,
        told=_told(answer, comes_in),
        reasons=tuple(_reason(reason, answer, handle) for reason in decision.reasons or (decision.reason,)),
        grant=admitting_grant(answer.request, facts) if decision.reason is Reason.GRANTED else None,
        grants=tuple(_grant_cells(grant) for grant in facts.grants),
        holder=holder,
        handle=handle,
        name=name,
        comes_in_at=_seconds(comes_in),
        cards=len(answers) if _names_a_person(asked) else None,
        threat=door.threat,
        mode=mode.mode,
        mode_by=mode.by,
        others=others,
    )
    return _for_the_desk(found, answer) if frozenset(asked.admin.roles) <= _DESK else found


def _names_a_person(asked: Asked) -> bool:
    return asked.private is not None and bool(asked.private.handle) and not asked.private.card


def _answers(do: Why, door: AtDoor, asked: Asked) -> list[Answer]:
    """Decide for the card in the private part, or for each of the person's there. Raises Refused."""
    if _names_a_person(asked):
        found = holder_called(asked, handle_of(asked))
        if found is None:
            raise Refused("unknown-holder", "no person has this handle")
        return _answers_of(found[0], door, by_pin=do.with_pin)
    card = card_of(asked)
    answer = door.by_card(asked.card_keys.credential_keys(card), card.partition(":")[0])
    return [with_the_pin(answer) if do.with_pin else answer]


def _answers_of(holder: str, door: AtDoor, *, by_pin: bool) -> list[Answer]:
    """Decide for each card of a person, with or without the PIN, and for one that counts alone. Raises Refused."""
    door.check_roster_names_cards()
    answers = [*door.by_cards_of(holder), *(door.by_pin_of(holder) if by_pin else ())]
    if not answers:
        raise Refused(
            "no-card",
            "this person has no card: `doorctl card add HANDLE CARD` gives one; `--with-pin` asks about a PIN alone",
        )
    return [with_the_pin(each) for each in answers] if by_pin else answers


def _comes_before(holder: str, door: AtDoor, asked: Asked, *, by_pin: bool) -> OtherTold:
    """Let somebody ask there first, by the best of their cards, and tell what becomes of it."""
    answer = best_of(_answers_of(holder, door, by_pin=by_pin))
    door.after(answer)
    handle, _ = called(asked.connection, holder)
    return OtherTold(holder, handle, answer.decision.outcome, answer.decision.reason.told)


def _reason(reason: Reason, answer: Answer, handle: str | None) -> ReasonTold:
    told = ReasonTold(reason, reason.meaning)
    remedy = REMEDIES.get(reason)
    if remedy is None:
        return told
    zone = answer.facts.zone.id if answer.facts.zone else "ZONE"
    return replace(
        told,
        change=remedy.text.format(door=answer.request.door, zone=zone, handle=handle or "HANDLE"),
        roles=remedy.roles(strict=is_strict(answer.request, answer.facts)),
        ends_at=_seconds(ends_at(reason, answer.request, answer.facts)),
    )


def _told(answer: Answer, comes_in: datetime | None) -> str:
    """Say what may be told aloud, and when to come back where that is known."""
    told = answer.decision.reason.told
    if comes_in is None or comes_in <= answer.request.at:
        return told
    try:
        return f"{told} Please come back {comes_in.astimezone(answer.facts.timezone):%a %Y-%m-%d %H:%M}."
    except OverflowError:  # after the last day of the calendar
        return told


def _for_the_desk(found: WhyResult, answer: Answer) -> WhyResult:
    """Leave out the reasons that neither the desk nor who stands there can end, nor time."""
    strict = is_strict(answer.request, answer.facts)
    left = tuple(
        told for told in found.reasons if told.ends_at is not None or _is_for_the_desk(told.reason, strict=strict)
    )
    reason = found.reason if any(told.reason is found.reason for told in left) else None
    return replace(found, reason=reason, reasons=left, grants=found.grants if len(left) == len(found.reasons) else ())


def _is_for_the_desk(reason: Reason, *, strict: bool) -> bool:
    remedy = REMEDIES.get(reason)
    return remedy is None or remedy.is_for_the_desk(strict=strict)


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
