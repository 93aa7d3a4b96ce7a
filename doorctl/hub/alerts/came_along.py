"""Who came along with somebody who was let in, by the decisions of one log: the last one links to the first of them.

1. Whom the decision links to came along: the first of those who waited there for company, or an escort.
2. Where they waited, so did whoever was denied for want of company alone between the two, at the same door, the same
   way, and has asked nowhere else since.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Protocol

from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.core.rules.company import awaits_company_alone
from doorctl.core.uses_told import parts_of

MOST_BETWEEN = 100
"""So many decisions are looked at behind the first one: a controller may link to whatever it likes."""
_DECISIONS = """
SELECT r.seq, r.leaf, coalesce(o.subject, '') FROM records AS r
LEFT JOIN openings AS o
ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.seq = r.seq AND o.part = 0
WHERE r.controller = ? AND r.log_epoch = ? AND r.seq BETWEEN ? AND ? AND r.kind = 'decision' ORDER BY r.seq LIMIT ?
"""


class ToldOfCompany(Protocol):
    """What a record tells of those who come together."""

    door: str
    outcome: str | None
    reason: str | None
    reasons: tuple[str, ...]
    detail: str
    of: int | None


Read = Callable[[bytes], ToldOfCompany | None]
"""Reads a leaf; None for one that cannot be read."""
Place = tuple[str, int, int]
"""Whose log, its epoch, and the number of a record."""


def came_along(
    connection: sqlite3.Connection, read: Read, kind: str, place: Place, told: ToldOfCompany
) -> tuple[str, ...]:
    """Return the subjects of those who came along with whom a record lets in; a chosen floor counts as its swipe.

    Raises sqlite3.Error.
    """
    controller, epoch, number = place
    if told.of is None:
        return ()
    if kind == RecordKind.FLOOR_CHOSEN:
        swipe = next(_decisions(connection, read, (controller, epoch, told.of), told.of), None)
        return () if swipe is None else came_along(connection, read, RecordKind.DECISION, swipe[0], swipe[1])
    if kind != RecordKind.DECISION or told.outcome != Outcome.GRANTED:
        return ()
    decisions = list(_decisions(connection, read, (controller, epoch, told.of), number - 1))
    if not decisions or decisions[0][0][2] != told.of:
        return ()
    (_, first, whom), *others = decisions
    latest = {subject: _waits_with(told, other) for _, other, subject in others} if _waits(first) else {}
    return (whom, *(subject for subject, waits in latest.items() if waits and subject != whom))


def _decisions(
    connection: sqlite3.Connection, read: Read, first: Place, last: int
) -> Iterator[tuple[Place, ToldOfCompany, str]]:
    controller, epoch, number = first
    for seq, leaf, subject in connection.execute(_DECISIONS, (controller, epoch, number, last, MOST_BETWEEN)):
        told = read(bytes(leaf))
        if told is not None:
            yield (controller, epoch, seq), told, subject


def _waits(told: ToldOfCompany) -> bool:
    """Tell whether somebody was denied for want of company alone."""
    return told.outcome == Outcome.DENIED and awaits_company_alone(told.reasons)


def _waits_with(last: ToldOfCompany, told: ToldOfCompany) -> bool:
    return _waits(told) and told.door == last.door and _goes_out(told) == _goes_out(last)


def _goes_out(told: ToldOfCompany) -> bool:
    return any(part.startswith("way out") for part in parts_of(told.detail))
