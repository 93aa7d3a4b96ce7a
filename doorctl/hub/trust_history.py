"""Every trust note that the hub ever held, kept: an export leads from the pinned root key through all of them."""

import sqlite3

from doorctl.core.records import RecordKind
from doorctl.hub.log_beginnings import closing
from doorctl.hub.log_store import newest_head
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.trust.note import Trust
from doorctl.trust.verify import SignedTrust
from doorctl.wire.messages import from_text
from doorctl.wire.notes import text_of

_ADD = "INSERT OR IGNORE INTO trust_notes (version, note) VALUES (?, ?)"
_NEWEST = "SELECT note FROM trust_notes ORDER BY position DESC LIMIT 1"


def hold_trust(connection: sqlite3.Connection, log: OwnLog, signed: SignedTrust, *, at: float) -> None:
    """Keep a note that the hub takes, if it is news, and record it; in the caller's transaction.

    The logs of controllers that it names no more, or with another key, are closed.
    """
    row = connection.execute(_NEWEST).fetchone()
    if not connection.execute(_ADD, (signed.trust.version, signed.note)).rowcount:
        return
    closed = [] if row is None else _closed(connection, bytes(row[0]), signed.trust)
    log.append(Entry(RecordKind.TRUST_TAKEN, f"version {signed.trust.version}"), *closed, at=at)


def held_notes(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
    """Return every note with its version, in the order in which they were taken."""
    rows = connection.execute("SELECT version, note FROM trust_notes ORDER BY position")
    return [(version, bytes(note)) for version, note in rows]


def _closed(connection: sqlite3.Connection, before: bytes, trust: Trust) -> list[Entry]:
    former = from_text(text_of(before), Trust, site=trust.site)
    named = {(keys.id, keys.log) for keys in trust.controllers}
    ended = [keys.id for keys in former.controllers if (keys.id, keys.log) not in named]
    return list(closing(head for controller in ended if (head := newest_head(connection, controller)) is not None))
