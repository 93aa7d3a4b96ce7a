"""Access reviews: who is to be looked at, what was said of each, and the record of a review that is finished."""

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from doorctl.audit.leaf import MAX_DETAIL
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.hub.own_log import Entry, subject_of
from doorctl.hub.verbs.asked import Asked, Intent, Statement, the
from doorctl.hub.verbs.lists import fitting
from doorctl.policy.rows import ZoneRow
from doorctl.wire.report_words import (
    ReviewFinish,
    ReviewFound,
    ReviewLine,
    ReviewMark,
    ReviewOutcome,
    ReviewsOf,
    ReviewsPage,
    ReviewStart,
)

_PAGE = 200
_START = "INSERT INTO reviews (id, zones, started_at, started_by) VALUES (?, ?, ?, ?)"
_GRANTED = """
SELECT DISTINCT coalesce(holder, ''), coalesce("group", ''),
(SELECT count(*) FROM members AS m WHERE m."group" = g."group")
FROM grants AS g WHERE zone = ? ORDER BY 2, 1
"""
_ADD_LINE = """
INSERT INTO review_lines (review, zone, holder, "group", salt, commitment, members) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_OF = 'review = ? AND zone = ? AND holder = ? AND "group" = ?'
_MARK = f"UPDATE review_lines SET said = ?, said_by = ?, said_at = ? WHERE {_OF}"  # noqa: S608 - our own words
_HAS_LINE = f"SELECT 1 FROM review_lines WHERE {_OF}"  # noqa: S608
_HAS_GRANT = """SELECT 1 FROM grants WHERE zone = ? AND coalesce(holder, '') = ? AND coalesce("group", '') = ?"""
_FINISH = "UPDATE reviews SET finished_at = ?, finished_by = ? WHERE id = ?"
_HASHED = (
    "SELECT zone, commitment, members, said, said_by, said_at FROM review_lines WHERE review = ? ORDER BY position"
)
_REVIEWS = """
SELECT r.id, r.zones, r.started_at, r.started_by, r.finished_at, r.finished_by,
count(*) FILTER (WHERE l.said = 'open'), count(*) FILTER (WHERE l.said = 'confirmed'),
count(*) FILTER (WHERE l.said = 'revoked')
FROM reviews AS r LEFT JOIN review_lines AS l ON l.review = r.id
WHERE substr(r.id, 1, length(:id)) = :id GROUP BY r.position ORDER BY r.position DESC
"""
_PAGE_OF_LINES = """
SELECT l.position, l.zone, nullif(l.holder, ''), p.handle, p.name, nullif(l."group", ''), l.members,
l.said, l.said_by, l.said_at
FROM review_lines AS l LEFT JOIN people AS p ON p.holder = l.holder
WHERE l.review = ? AND l.position > ? ORDER BY l.position LIMIT ?
"""
_SALT_BYTES = 16


def review_start(do: ReviewStart, asked: Asked) -> Intent:
    """Begin a review of everybody who has a grant in these zones."""
    for zone in do.zones:
        the(asked, ZoneRow, zone)
    if asked.connection.execute("SELECT 1 FROM reviews WHERE id = ?", (do.review,)).fetchone():
        raise Refused("review-used", "there was a review of this id: begin one with an id of its own")
    zones = " ".join(dict.fromkeys(do.zones))
    lines = tuple(line for zone in zones.split() for line in _lines(asked.connection, do.review, zone))
    started = (_START, (do.review, zones, asked.at, asked.admin.id))
    return Intent((), f"review {do.review} of {zones} has begun", own=(started, *lines))


def _lines(connection: sqlite3.Connection, review: str, zone: str) -> Iterator[Statement]:
    for holder, group, members in connection.execute(_GRANTED, (zone,)).fetchall():
        salt = os.urandom(_SALT_BYTES)
        commitment = hmac.digest(salt, f"group:{group}".encode() if group else subject_of(holder).encode(), "sha256")
        yield _ADD_LINE, (review, zone, holder, group, salt, commitment.hex(), members)


def review_mark(do: ReviewMark, asked: Asked) -> Intent:
    """Note what was said of somebody's access; whoever is noted as revoked must have no grant there any more."""
    _unfinished(asked.connection, do.review)
    whom = (do.zone, do.holder or "", do.group or "")
    if not asked.connection.execute(_HAS_LINE, (do.review, *whom)).fetchone():
        raise Refused("not-in-review", "this review has no such line: `doorctl review show` tells which it has")
    has_grant = asked.connection.execute(_HAS_GRANT, whom).fetchone() is not None
    if do.said is ReviewOutcome.REVOKED and has_grant:
        raise Refused("still-granted", "the grant stands: revoke it first")
    if do.said is ReviewOutcome.CONFIRMED and not has_grant:
        raise Refused("not-granted", "there is no grant to confirm any more: note it as revoked")
    mark = (do.said, asked.admin.id, asked.at, do.review, *whom)
    return Intent((), f"{do.said} in review {do.review}", own=((_MARK, mark),))


def review_finish(do: ReviewFinish, asked: Asked) -> Intent:
    """End a review: what was said in it is recorded by number and hash, and stays as it is."""
    found = _unfinished(asked.connection, do.review)
    if found.open:
        raise Refused("review-unfinished", f"{found.open} line(s) are open: confirm or revoke each of them first")
    told = (
        f"review {found.review}: {found.confirmed} confirmed, {found.revoked} revoked, "
        f"lines sha256 {lines_hash(asked.connection, do.review)}, zones {' '.join(found.zones)}"
    )
    finish = (_FINISH, (asked.at, asked.admin.id, do.review))
    entry = Entry(RecordKind.REVIEW_DONE, told[:MAX_DETAIL])
    return Intent((), f"review {do.review} is finished", own=(finish,), entries=(entry,))


def lines_hash(connection: sqlite3.Connection, review: str) -> str:
    """Hash what was said in a review: the SHA-256 of its lines as JSON lists, one a line, in their order.

    Whom a line is about stands there as a commitment, so the hash outlives the erasure of a person.
    """
    told = hashlib.sha256()
    for line in connection.execute(_HASHED, (review,)):
        told.update(msgspec.json.encode(line) + b"\n")
    return told.hexdigest()


def reviews_of(do: ReviewsOf, asked: Asked) -> ReviewsPage:
    """Tell of all reviews, or of one with its lines. Raises Refused ``unknown-review``."""
    found = [_found(row) for row in asked.connection.execute(_REVIEWS, {"id": do.review})]
    if not do.review:
        page = fitting(found[do.after : do.after + _PAGE])
        told = do.after + len(page)
        return ReviewsPage(tuple(page), after=told if told < len(found) else None)
    if len(found) != 1:
        raise Refused("unknown-review", "no review, or more than one, has an id that begins so")
    rows = asked.connection.execute(_PAGE_OF_LINES, (found[0].review, do.after, _PAGE + 1)).fetchall()
    lines = _fitting_lines(rows[:_PAGE])
    after = rows[len(lines) - 1][0] if len(lines) < len(rows) else None
    return ReviewsPage(tuple(found), tuple(lines), after)


def _fitting_lines(rows: Sequence[tuple[Any, ...]]) -> Sequence[ReviewLine]:
    return fitting([_line(row) for row in rows])


def _line(row: tuple[Any, ...]) -> ReviewLine:
    _, zone, holder, handle, name, group, members, said, by, at = row
    return ReviewLine(zone, holder, handle, name, group, members, ReviewOutcome(said), by, at)


def _found(row: tuple[Any, ...]) -> ReviewFound:
    return ReviewFound(row[0], tuple(row[1].split()), *row[2:])


def _unfinished(connection: sqlite3.Connection, review: str) -> ReviewFound:
    rows = [_found(row) for row in connection.execute(_REVIEWS, {"id": review})]
    found = next((each for each in rows if each.review == review), None)
    if found is None:
        raise Refused("unknown-review", "there is no such review: `doorctl review show` tells which there are")
    if found.finished_at is not None:
        raise Refused("review-finished", "this review is finished: begin another one")
    return found
