"""The command that erases a person, and the question how far that has come and what it does not reach."""

import sqlite3

from msgspec.structs import replace

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.core.model import Status
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.hub.erasure.forgetting import forgetting, zones_with_roster_of
from doorctl.hub.history import Operation
from doorctl.hub.verbs.asked import UNKNOWN, Asked, Intent
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import ErasureRow, GrantRow, HolderRow, MemberRow, Row
from doorctl.wire.messages import Drop, Put
from doorctl.wire.privacy import CopyLeft, ErasureFound, ErasureOf, ErasureThere, PersonErase

MOST_LISTED = 100
"""So many backups and exports are told, the newest."""

_PERSON = "SELECT 1 FROM people WHERE holder = ?"
_ERASED = "SELECT at, revision, swept_at FROM erased_people WHERE holder = ?"
_CONFIRMED = """
SELECT controller, min(at) FROM records
WHERE kind = 'erasure_done' AND controller <> ? AND json_extract(CAST(leaf AS TEXT), '$.detail') = ?
GROUP BY controller
"""
_BACKUPS = """
SELECT at, json_extract(CAST(leaf AS TEXT), '$.detail') FROM records
WHERE kind = ? AND controller = ? AND at <= ? ORDER BY position DESC LIMIT ?
"""
_EXPORTS = """
SELECT at, 'export ' || id || ' by ' || admin || ', ' || form || iif(with_names, ' with names', ' without names')
FROM exports WHERE at <= ? ORDER BY position DESC LIMIT ?
"""


def person_erase(do: PersonErase, asked: Asked) -> Intent:
    """Erase a holder, also one who was removed before.

    What controllers of an older version cannot read goes before it: to them the person is suspended, in no group and
    without a grant.
    """
    connection, holder = asked.connection, do.holder
    if find_row(connection, ErasureRow(holder=holder)):
        return Intent((), "the person is erased already")
    row = find_row(connection, HolderRow(id=holder))
    if row is None and not connection.execute(_PERSON, (holder,)).fetchone():
        raise Refused(*UNKNOWN[HolderRow])
    if zones := zones_with_roster_of(connection, holder):
        named = ", ".join(zones)
        raise Refused("in-roster", f"the roster of {named} names this person: sign one without them first")
    own = forgetting(connection, holder, ring=asked.ring.keys.ring, site=asked.roll.trust.site, at=asked.at)
    operations = (*_taken_away(connection, row), Put(ErasureRow(holder=holder)))
    return Intent(operations, "the person is erased from the policy and at the hub", own=tuple(own))


def erasure_of(do: ErasureOf, asked: Asked) -> ErasureFound:
    """Tell which controllers have erased a holder since when, and which copies no erasure reaches."""
    erased = asked.connection.execute(_ERASED, (do.holder,)).fetchone()
    if erased is None:
        raise Refused("not-erased", "nobody of this id was erased: `doorctl person erase` does it")
    at, revision, swept_at = erased
    confirmed = dict(asked.connection.execute(_CONFIRMED, (HUB_LOG, f"holder={do.holder}")))
    there = (
        ErasureThere(name, confirmed.get(name), presence.heard_at) for name, presence in asked.roll.presences.items()
    )
    backups = (RecordKind.BACKUP_MADE, HUB_LOG, swept_at or asked.at, MOST_LISTED)
    return ErasureFound(
        holder=do.holder,
        at=at,
        revision=revision,
        swept_at=swept_at,
        controllers=tuple(there),
        backups=_copies(asked.connection, _BACKUPS, backups),
        exports=_copies(asked.connection, _EXPORTS, (at, MOST_LISTED)),
    )


def _taken_away(connection: sqlite3.Connection, row: HolderRow | None) -> tuple[Operation, ...]:
    if row is None:
        return ()
    dropped: list[Row] = [
        *rows_where(connection, GrantRow, holder=row.id),
        *rows_where(connection, MemberRow, holder=row.id),
    ]
    return (*map(Drop, dropped), Put(replace(row, status=Status.SUSPENDED)))


def _copies(connection: sqlite3.Connection, statement: str, values: tuple[str | int, ...]) -> tuple[CopyLeft, ...]:
    return tuple(CopyLeft(at, told) for at, told in connection.execute(statement, values))
