"""Parts of what is held about one person, each from a table of its own, page by page.

No line tells a keyed hash of a PIN or of a code for one, nor the lines of others in a roster.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from doorctl.hub.command_records import ToldRow, told_row
from doorctl.hub.erasure.forgetting import names_holder
from doorctl.hub.own_log import subject_of
from doorctl.hub.verbs.lists import fitting
from doorctl.wire.held_results import HeldFound, Line
from doorctl.wire.messages import Put, change_from
from doorctl.wire.privacy import HeldPart

MOST_LINES = 200
MOST_CHANGES = 20
"""So many changes a page has at most: one may change thousands of rows."""
MOST_SEARCHED = 10_000
"""Through so many changes one page is searched for: revokes wait meanwhile."""
_Values = Mapping[str, str | int]
_Lines = list[tuple[str, Line]]
"""Each line with the key that the next page comes after."""
_Find = Callable[[sqlite3.Connection, _Values], tuple[_Lines, str | None]]
"""Returns a page and a line more, if there is one, or else the key behind which there may be some."""
_TABLES = {
    HeldPart.WHEREABOUTS: """
        SELECT controller || '/' || zone AS "key", zone, inside, at, controller
        FROM whereabouts WHERE holder = :holder""",
    HeldPart.PASSBACK_RESETS: """
        SELECT zone AS "key", zone, at FROM passback_resets WHERE holder = :holder""",
    HeldPart.BADGES: """
        SELECT hex("key") AS "key", lower(hex("key")) AS credential, holder AS visitor, host, since AS handed_out_at,
        due_at FROM badges WHERE :holder IN (holder, host)""",
    HeldPart.GUESTS: """
        SELECT holder AS "key", holder AS guest, escort, sponsor
        FROM visitors WHERE :holder IN (escort, sponsor)""",
    HeldPart.HOST_KEYS: """
        SELECT admin AS "key", admin, lower(hex(sign)) AS sign FROM host_keys WHERE holder = :holder""",
    HeldPart.DELEGATES: """
        SELECT sponsor || '/' || holder AS "key", sponsor, holder AS delegate, until
        FROM delegates WHERE :holder IN (sponsor, holder)""",
    HeldPart.OWN_PINS: """
        SELECT printf('%019d', number) AS "key", door, controller, made_at FROM own_pins WHERE holder = :holder""",
    HeldPart.COMMANDS: """
        SELECT printf('%019d', position) AS "key", at, admin, verb, about, verdict, reason
        FROM given_commands WHERE ' ' || about || ' ' GLOB '* holder=' || :holder || ' *'""",
    HeldPart.AS_UNKNOWN: """
        SELECT printf('%019d', r.position) AS "key", r.at, r.controller, r.kind, r.door, r.zone
        FROM credentials AS c JOIN openings AS o ON o.subject = 'credential:' || lower(hex(c."key"))
        JOIN records AS r USING (controller, log_epoch, seq) WHERE c.holder = :holder""",
    HeldPart.WATCHED: """
        SELECT trace || '/' || "key" || '/' || printf('%019d', position) AS "key",
        trace AS remembered, CAST(at AS INTEGER) AS at, door, zone, reader
        FROM suspicion_marks WHERE subject = :subject AND subject <> ''""",
}
"""What selects the lines of each, and a ``key`` that no two of them share; the index on marks has none of nobody."""
_CHANGES = """
SELECT revision, change FROM changes
WHERE revision > :first AND revision <= :last AND instr(change, CAST(:holder AS BLOB)) ORDER BY revision LIMIT :most
"""
_NEWEST = "SELECT coalesce(max(revision), 0) FROM changes"


def held_lines(connection: sqlite3.Connection, part: HeldPart, holder: str, *, after: str) -> HeldFound:
    """Return a page of a part, in the order of its keys, behind one of them. Raises sqlite3.Error."""
    find, most = _PARTS[part]
    values: _Values = {"holder": holder, "subject": subject_of(holder), "after": after, "most": most + 1}
    found, beyond = find(connection, values)
    page = fitting([line for _, line in found[:most]])
    is_cut = len(page) < len(found)
    return HeldFound(holder, lines=tuple(page), after_key=found[len(page) - 1][0] if is_cut else beyond)


def _rows(statement: str, connection: sqlite3.Connection, values: _Values) -> tuple[_Lines, None]:
    page = f'SELECT * FROM ({statement}) WHERE "key" > :after ORDER BY "key" LIMIT :most'  # noqa: S608 - our own words
    cursor = connection.execute(page, values)
    names = [column[0] for column in cursor.description[1:]]
    return [(key, dict(zip(names, row, strict=True))) for key, *row in cursor], None


def _changes(connection: sqlite3.Connection, values: _Values) -> tuple[_Lines, str | None]:
    after = str(values["after"])
    first = int(after) if re.fullmatch("[0-9]{1,15}", after) else 0
    last = first + MOST_SEARCHED
    rows = connection.execute(_CHANGES, {**values, "first": first, "last": last})
    found = [(str(revision), _told_change(bytes(change), str(values["holder"]))) for revision, change in rows]
    (newest,) = connection.execute(_NEWEST).fetchone()
    return found, str(last) if last < newest else None


def _told_change(text: bytes, holder: str) -> Line:
    """Tell what a change did to rows of a holder; what it did to those of others is left out."""
    change = change_from(msgspec.Raw(text))
    put: list[ToldRow] = []
    dropped: list[ToldRow] = []
    for operation in change.operations:
        if names_holder(operation.row, holder):
            (put if isinstance(operation, Put) else dropped).append(told_row(operation.row))
    return {"revision": change.revision, "at": change.at, "put": _text(put), "dropped": _text(dropped)}


def _text(rows: list[ToldRow]) -> str | None:
    return msgspec.json.encode(rows).decode() if rows else None


_PARTS: Mapping[HeldPart, tuple[_Find, int]] = {
    **{part: (partial(_rows, statement), MOST_LINES) for part, statement in _TABLES.items()},
    HeldPart.CHANGES: (_changes, MOST_CHANGES),
}
