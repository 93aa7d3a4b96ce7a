"""The question who: every holder with each card, page by page, decided as their door would."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from doorctl.core.lasting import Closing, admitted_until
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.rules.grant_rules import admitting_grants
from doorctl.core.rules.visitor_rules import escort_of
from doorctl.hub.rights.roles import RIGHTS
from doorctl.hub.verbs.asked import Asked, the
from doorctl.hub.verbs.lists import MAX_RESULT_BYTES
from doorctl.hub.verbs.people.people import called
from doorctl.hub.verbs.rights.at_door import Answer, AtDoor, best_of, breaks_the_glass, in_company, with_the_pin
from doorctl.policy.rows import DoorRow
from doorctl.wire.who_words import Who, WhoLine, WhoPage

MOST_DECIDED = 400
"""So many cards and PINs one question decides: while it does, the hub does nothing else."""
CLOSING_DAYS = 14
_HOLDERS = f"SELECT id FROM holders WHERE id > ? ORDER BY id LIMIT {MOST_DECIDED}"  # noqa: S608 - our own number
_COUNT = "SELECT count(*) FROM holders"
_BRINGS = {
    frozenset({Factor.CARD, Factor.PIN}): Factor.CARD_OR_PIN,
    frozenset({Factor.CARD}): Factor.CARD,
    frozenset({Factor.PIN}): Factor.PIN,
    frozenset({Factor.CARD_AND_PIN, Factor.PIN}): Factor.PIN,
    frozenset({Factor.CARD_AND_PIN}): Factor.CARD_AND_PIN,
}
"""What suffices, by the ways that open."""


def who(do: Who, asked: Asked) -> WhoPage:
    """Decide for the next holders, and tell those whom the door would let in, or who may break the glass there."""
    row = the(asked, DoorRow, do.door)
    at = asked.at if do.at is None else do.at
    door = AtDoor(asked, do.door, at, threat=do.threat)
    door.check_roster_names_cards()
    decided = _decided(asked.connection.execute(_HOLDERS, (do.after,)).fetchall(), door, asked)
    zone, mode = door.zone, door.mode
    (people,) = asked.connection.execute(_COUNT).fetchone()
    return WhoPage(
        door=do.door,
        zone=row.zone,
        at=at,
        epoch=door.position.epoch,
        revision=door.position.revision,
        people=people,
        looked_at=decided.looked_at,
        persons=1 if zone is None else zone.persons,
        persons_group=None if zone is None else zone.persons_group,
        lines=tuple(decided.lines),
        denied=dict(decided.denied),
        after=decided.after,
        threat=door.threat,
        mode=mode.mode,
        mode_by=mode.by,
    )


@dataclass(slots=True)
class _Decided:
    """What came of the holders so far; ``after`` names the last of them if there are more."""

    lines: list[WhoLine] = field(default_factory=list)
    denied: Counter[Reason] = field(default_factory=Counter)
    looked_at: int = 0
    after: str | None = None


def _decided(holders: Sequence[tuple[str]], door: AtDoor, asked: Asked) -> _Decided:
    """Decide for holders until these are many, or the answer is full."""
    decided, closing, count, size = _Decided(), door.closing(CLOSING_DAYS), 0, 0
    for (holder,) in holders:
        answers = [_in_full(each) for each in (*door.by_cards_of(holder), *door.by_pin_of(holder))]
        line = _line(holder, answers, closing, asked)
        count, size = count + len(answers) + 1, size + len(msgspec.json.encode(line))
        if decided.looked_at and (count > MOST_DECIDED or size > MAX_RESULT_BYTES):
            return decided
        if line is not None:
            decided.lines.append(line)
        elif answers:
            decided.denied[best_of(answers).decision.reason] += 1
        decided.looked_at, decided.after = decided.looked_at + 1, holder
    if len(holders) < MOST_DECIDED:
        decided.after = None
    return decided


def _in_full(answer: Answer) -> Answer:
    """Suppose what is still to come: the PIN, and company."""
    return in_company(with_the_pin(answer) if answer.decision.reason is Reason.PIN_AWAITED else answer)


def _line(holder: str, answers: Sequence[Answer], closing: Closing, asked: Asked) -> WhoLine | None:
    """Tell by what a holder comes in; None who does not, and may not break the glass either."""
    opening = [each for each in answers if each.decision.is_granted]
    breaks_glass = any(breaks_the_glass(each) for each in answers)
    if not opening and not breaks_glass:
        return None
    ends = [(admitted_until(each.request, each.facts, closing), each) for each in opening]
    until, longest = max(ends, key=_by_end, default=(None, None))
    grants = () if longest is None else admitting_grants(longest.request, longest.facts)
    handle, name = called(asked.connection, holder)
    return WhoLine(
        holder=holder,
        handle=handle,
        name=name if RIGHTS["records names"].roles & frozenset(asked.admin.roles) else None,
        cards=sum(not each.request.pin_alone for each in opening),
        brings=_BRINGS.get(frozenset(map(_way, opening))),
        grants=tuple(grant.id for grant in grants),
        subjects=tuple(grant.subject for grant in grants),
        until=None if until is None else int(until.timestamp()),
        breaks_glass=breaks_glass,
        leads=any(each.facts.leads for each in opening),
        visitor=any(escort_of(each.request, each.facts) is not None for each in opening),
    )


def _way(answer: Answer) -> Factor:
    if answer.request.pin_alone:
        return Factor.PIN
    return Factor.CARD if answer.request.pins is None else Factor.CARD_AND_PIN


def _by_end(each: tuple[datetime | None, Answer]) -> float:
    return float("inf") if each[0] is None else each[0].timestamp()
