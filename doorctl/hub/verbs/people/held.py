"""The question for all that is held about one person (GDPR, article 15), but for records, which ``records`` tells."""

import sqlite3
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.leaf import read_leaf
from doorctl.errors import Refused
from doorctl.hub.alerts.store import alerts_where
from doorctl.hub.card_uses import COUNTED, FIRST_COUNTED
from doorctl.hub.erasure.forgetting import zones_with_roster_of
from doorctl.hub.own_log import subject_of
from doorctl.hub.two_admins.waiting_requests import waiting_requests
from doorctl.hub.verbs.asked import UNKNOWN, Asked
from doorctl.hub.verbs.lists import PIN_OF_H, fitting
from doorctl.hub.verbs.people.held_parts import held_lines
from doorctl.policy.rows import HolderRow
from doorctl.wire.alerts import AlertFound
from doorctl.wire.held_results import ActLine, HeldFound, Line, ReviewedLine
from doorctl.wire.privacy import CopyLeft, PersonHeld

MOST_LINES = 200
"""So many acts, alerts or lines of reviews a page has at most."""
_L = TypeVar("_L", ActLine, AlertFound, ReviewedLine)
_PERSON = f"""
SELECT p.holder, p.handle, p.name, p.removed_at, h.status, h.valid_from, h.valid_until,
{PIN_OF_H} AS pin, (SELECT 'held' FROM pins WHERE holder = h.id AND duress IS NOT NULL) AS pin_for_duress,
(SELECT digits FROM pin_lengths WHERE holder = h.id) AS pin_digits,
(SELECT valid_until FROM pin_codes WHERE holder = h.id) AS pin_code_until,
(SELECT tries FROM pin_secrets WHERE holder = h.id) AS pin_code_tries,
t.release_seconds, t.held_open_seconds,
(SELECT group_concat(course || ' ' || day, '; ') FROM trainings WHERE holder = h.id) AS trained,
(SELECT clearance FROM clearances WHERE holder = h.id) AS clearance,
v.escort, v.escort_group, v.sponsor, s.zones AS invites_to, s.many AS guests_at_once,
s.seconds AS guests_stay_seconds
FROM people AS p LEFT JOIN holders AS h ON h.id = p.holder LEFT JOIN holder_times AS t ON t.holder = h.id
LEFT JOIN visitors AS v ON v.holder = h.id LEFT JOIN sponsors AS s ON s.holder = h.id
WHERE p.holder = ?
"""  # noqa: S608 - our own names
_CARDS = f"""
SELECT lower(hex(c."key")) AS credential, k.format, k.added_at, c.status, c.valid_from, c.valid_until,
l.uses, l.first_use_seconds, l.since AS limited_at, iif(l.id IS NULL, NULL, {COUNTED}) AS used,
{FIRST_COUNTED} AS first_used_at, b.card_class
FROM credentials AS c LEFT JOIN cards AS k ON k."key" = c."key"
LEFT JOIN credential_limits AS l ON l."key" = c."key"
LEFT JOIN credential_classes AS b ON b."key" = c."key" WHERE c.holder = ? ORDER BY c."key"
"""  # noqa: S608 - our own names
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
_REVIEWS = """
SELECT l.position, l.review, l.zone, l.said, l.said_by, l.said_at,
r.started_by, r.started_at, r.finished_by, r.finished_at
FROM review_lines AS l JOIN reviews AS r ON r.id = l.review
WHERE l.holder = ? AND l.position > ? ORDER BY l.position LIMIT ?
"""
_NEWEST = 2**62


def person_held(do: PersonHeld, asked: Asked) -> HeldFound:
    """Tell all that is held about a holder, also about one who was removed."""
    for place, page in ((do.acts_after, _acts), (do.alerts_before, _alerts), (do.reviews_after, _reviews)):
        if place is not None:
            return page(do.holder, place, asked.connection)
    if do.part is not None:
        return held_lines(asked.connection, do.part, do.holder, after=do.after_key)
    return _base(do.holder, asked)


def _base(holder: str, asked: Asked) -> HeldFound:
    connection = asked.connection
    person = _lines(connection, _PERSON, holder)
    if not person:
        raise Refused(*UNKNOWN[HolderRow])
    waiting: list[Line] = [
        {"request": each.id, "admin": each.admin, "asked_at": each.asked_at, "expires": each.expires}
        for each in waiting_requests(connection, at=asked.at)
        if each.is_about(holder, site=asked.roll.trust.site)
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
    rows = connection.execute(_ACTS, (subject_of(holder), HUB_LOG, after, MOST_LINES + 1)).fetchall()
    page, following = _page([_act(*row) for row in rows])
    return HeldFound(holder, acts=page, after=following)


def _alerts(holder: str, before: int, connection: sqlite3.Connection) -> HeldFound:
    values = (subject_of(holder), before or _NEWEST)
    # The index on whom alerts are about holds none that are about nobody.
    condition = "a.about = ? AND a.about <> '' AND a.position < ?"
    page, following = _page(alerts_where(connection, condition, values, most=MOST_LINES + 1))
    return HeldFound(holder, alerts=page, after=following)


def _reviews(holder: str, after: int, connection: sqlite3.Connection) -> HeldFound:
    rows = connection.execute(_REVIEWS, (holder, after, MOST_LINES + 1))
    page, following = _page([ReviewedLine(*row) for row in rows])
    return HeldFound(holder, reviews=page, after=following)


def _page(lines: Sequence[_L]) -> tuple[tuple[_L, ...], int | None]:
    """Return as many lines as a page has, and the position of its last, if there are more."""
    page = fitting(lines[:MOST_LINES])
    return tuple(page), page[-1].position if len(page) < len(lines) else None


def _act(position: int, at: int, leaf: bytes, changed: str | None) -> ActLine:
    act = read_leaf(bytes(leaf)).act
    assert act is not None
    return ActLine(position, at, act.admin, act.verb, act.verdict, act.reason, changed or "")


def _lines(connection: sqlite3.Connection, statement: str, holder: str) -> tuple[Line, ...]:
    cursor = connection.execute(statement, {"holder": holder} if ":holder" in statement else (holder,))
    names = [column[0] for column in cursor.description]
    return tuple(msgspec.convert(dict(zip(names, row, strict=True)), Line) for row in cursor)
