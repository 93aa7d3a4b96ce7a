"""The question for all that is held about one person (GDPR, article 15), but for records, which ``records`` tells."""

import sqlite3

import msgspec

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.leaf import read_leaf
from doorctl.errors import Refused
from doorctl.hub.erasure.forgetting import zones_with_roster_of
from doorctl.hub.own_log import subject_of
from doorctl.hub.two_admins.waiting_requests import waiting_requests
from doorctl.hub.verbs.asked import UNKNOWN, Asked
from doorctl.hub.verbs.lists import fitting
from doorctl.policy.rows import HolderRow
from doorctl.wire.held_results import ActLine, HeldFound, Line
from doorctl.wire.privacy import PersonHeld
from doorctl.wire.results import CopyLeft

MOST_ACTS = 200
_PERSON = """
SELECT p.holder, p.handle, p.name, p.removed_at, h.status, h.valid_from, h.valid_until
FROM people AS p LEFT JOIN holders AS h ON h.id = p.holder WHERE p.holder = ?
"""
_CARDS = """
SELECT lower(hex(c."key")) AS credential, k.format, k.added_at, c.status, c.valid_from, c.valid_until
FROM credentials AS c LEFT JOIN cards AS k ON k."key" = c."key" WHERE c.holder = ? ORDER BY c."key"
"""
_GROUPS = 'SELECT "group" FROM members WHERE holder = ? ORDER BY 1'
_GRANTS = """
SELECT id AS "grant", zone, "group", schedule, valid_from, valid_until FROM grants
WHERE holder = :holder OR "group" IN (SELECT "group" FROM members WHERE holder = :holder) ORDER BY id
"""
_EXPORTS = """
SELECT at, 'export ' || id || ' by ' || admin || ', ' || form || iif(with_names, ' with names', ' without names')
FROM exports WHERE last_record >= (
    SELECT min(position) FROM openings JOIN records USING (controller, log_epoch, seq) WHERE subject = ?
) ORDER BY position
"""
_ACTS = """
SELECT r.position, r.at, r.leaf, o.text FROM openings AS o JOIN records AS r USING (controller, log_epoch, seq)
WHERE o.subject = ? AND r.controller = ? AND r.kind = 'command' AND r.position > ? AND (
    o.part > 0 OR NOT EXISTS (
        SELECT 1 FROM openings AS other WHERE other.controller = o.controller AND other.log_epoch = o.log_epoch
        AND other.seq = o.seq AND other.part > 0 AND other.subject = o.subject
    )
) ORDER BY r.position LIMIT ?
"""


def person_held(do: PersonHeld, asked: Asked) -> HeldFound:
    """Tell all that is held about a holder, also about one who was removed."""
    return _base(do.holder, asked) if do.acts_after is None else _acts(do.holder, do.acts_after, asked.connection)


def _base(holder: str, asked: Asked) -> HeldFound:
    connection = asked.connection
    person = _lines(connection, _PERSON, holder)
    if not person:
        raise Refused(*UNKNOWN[HolderRow])
    waiting: list[Line] = [
        {"request": each.id, "admin": each.admin, "asked_at": each.asked_at, "expires": each.expires}
        for each in waiting_requests(connection, at=asked.at)
        if getattr(each.command(asked.roll.trust.site).do, "holder", None) == holder
    ]
    exports = connection.execute(_EXPORTS, (subject_of(holder),))
    return HeldFound(
        holder,
        person=person[0],
        cards=_lines(connection, _CARDS, holder),
        groups=_lines(connection, _GROUPS, holder),
        grants=_lines(connection, _GRANTS, holder),
        rosters=tuple(zones_with_roster_of(connection, holder)),
        waiting=tuple(waiting),
        exports=tuple(fitting([CopyLeft(at, told) for at, told in exports])),
        after=0,
    )


def _acts(holder: str, after: int, connection: sqlite3.Connection) -> HeldFound:
    rows = connection.execute(_ACTS, (subject_of(holder), HUB_LOG, after, MOST_ACTS + 1)).fetchall()
    lines = [_act(*row) for row in rows]
    page = fitting(lines[:MOST_ACTS])
    return HeldFound(holder, acts=tuple(page), after=page[-1].position if len(page) < len(lines) else None)


def _act(position: int, at: int, leaf: bytes, changed: str | None) -> ActLine:
    act = read_leaf(bytes(leaf)).act
    assert act is not None
    return ActLine(position, at, act.admin, act.verb, act.verdict, act.reason, changed or "")


def _lines(connection: sqlite3.Connection, statement: str, holder: str) -> tuple[Line, ...]:
    cursor = connection.execute(statement, {"holder": holder} if ":holder" in statement else (holder,))
    names = [column[0] for column in cursor.description]
    return tuple(msgspec.convert(dict(zip(names, row, strict=True)), Line) for row in cursor)
