"""Erasing a person at the hub: all that leads to them goes in the transaction of the change that says so.

1. The change is a row ``erasure``; it names the opaque id alone, and takes the policy's rows of that holder along.
2. Beside it go name and handle, cards, what opens records of them (their salts), the openings of records of their
   cards from before these were theirs, plans and requests that wait.
3. Changes that tell more of them than the id lose their bytes; the chain stays. Whoever lacks such a change gets a
   snapshot.
4. What comes later cannot bring an opening back: the database refuses those of an erased holder, and those of unknown
   cards in records from before the newest erasure (a controller that was away then may still send them).
5. What SQLite leaves in its files, and snapshots, is removed by ``doorctl.hub.erasure.sweeping`` right after.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate

import msgspec

from doorctl.hub.given_commands import was_refused
from doorctl.hub.own_log import subject_of
from doorctl.hub.two_admins.waiting_requests import drop_request, waiting_requests
from doorctl.hub.verbs.asked import Statement
from doorctl.keys.card_keys import wrap
from doorctl.policy.rows import CredentialClassRow, CredentialRow, RosterRow, Row
from doorctl.policy.told_rows import BY_ID_ALONE
from doorctl.wire.messages import Change, change_from

_CHANGES = "SELECT revision, change FROM changes WHERE instr(change, ?)"
_COMPACT = "UPDATE changes SET change = x'' WHERE revision = ?"
_CLOSE = "DELETE FROM openings WHERE subject = ?"
_TEXTS = "SELECT text FROM openings WHERE subject = ? AND text NOT NULL"
_FORGET_PERSON = "DELETE FROM people WHERE holder = ?"
_FORGET_OWN_PINS = "DELETE FROM own_pins WHERE holder = ?"
_FORGET_PLANS = "DELETE FROM plan_parts"
_REMEMBER = """
INSERT OR IGNORE INTO erased_people (holder, at, revision) SELECT ?, ?, revision FROM position
"""
_STRICT_ZONES = "SELECT zone FROM rosters WHERE instr(note, ?) ORDER BY zone"
ERASED = "holder-erased"
"""Why a command waits no longer: it was about somebody who is erased."""


class _Stood(msgspec.Struct):
    """What an opening of the hub's own log tells of a person's rows."""

    rows: tuple[msgspec.Raw, ...] = ()


class _Told(msgspec.Struct):
    before: _Stood
    after: _Stood


class _Credential(msgspec.Struct):
    type: str = ""
    key: bytes = b""


_WITH_KEY = frozenset(str(row.__struct_config__.tag) for row in (CredentialRow, CredentialClassRow))
_told = msgspec.json.Decoder(_Told)
_credential = msgspec.json.Decoder(_Credential)


def zones_with_roster_of(connection: sqlite3.Connection, holder: str) -> list[str]:
    """Name the strict zones whose roster, as its officers signed it, has a line of this holder."""
    return [zone for (zone,) in connection.execute(_STRICT_ZONES, (f'"{holder}"',))]


def names_holder(row: Row, holder: str) -> bool:
    """Tell whether a row of the policy names a holder, a roster by one of its lines."""
    if isinstance(row, RosterRow):
        return f'"{holder}"' in row.note
    return holder in (getattr(row, name) for name in row.__struct_fields__)


def forgetting(
    connection: sqlite3.Connection, holder: str, *, ring: Sequence[bytes], site: str, at: int
) -> Iterator[Statement]:
    """Give what must be done beside the policy's change, in its transaction and after it; asked before it is made.

    ``ring`` are the card keys: a credential key of before a rotation leads to the one of after it.
    """
    changes = _changes_telling_of(connection, holder)
    known = {*_held_keys(connection, holder), *_keys_in(changes.values(), holder), *_told_keys(connection, holder)}
    yield from ((_COMPACT, (revision,)) for revision in changes)
    yield _CLOSE, (subject_of(holder),)
    yield from ((_CLOSE, (f"credential:{key.hex()}",)) for key in sorted(_wrapped(known, ring)))
    yield _FORGET_PERSON, (holder,)
    yield _FORGET_OWN_PINS, (holder,)
    yield _FORGET_PLANS, ()
    for request in waiting_requests(connection, at=at):
        if request.is_about(holder, site=site):
            yield was_refused(request.admin, request.id, ERASED)
            yield drop_request(request.id)
    yield _REMEMBER, (holder, at)


def _changes_telling_of(connection: sqlite3.Connection, holder: str) -> dict[int, Change]:
    """Find the changes that tell more of a holder than the id."""
    named = connection.execute(_CHANGES, (holder.encode(),))
    read = ((revision, change_from(msgspec.Raw(change))) for revision, change in named)
    return {revision: change for revision, change in read if any(_tells(row, holder) for row in _rows(change))}


def _rows(change: Change) -> Iterable[Row]:
    return (operation.row for operation in change.operations)


def _tells(row: Row, holder: str) -> bool:
    if row.__struct_config__.tag in BY_ID_ALONE:
        return False
    return names_holder(row, holder)


def _held_keys(connection: sqlite3.Connection, holder: str) -> Iterator[bytes]:
    rows = connection.execute('SELECT "key" FROM credentials WHERE holder = ?', (holder,))
    return (bytes(key) for (key,) in rows)


def _keys_in(changes: Iterable[Change], holder: str) -> Iterator[bytes]:
    rows = (row for change in changes for row in _rows(change))
    return (row.key for row in rows if isinstance(row, CredentialRow | CredentialClassRow) and row.holder == holder)


def _told_keys(connection: sqlite3.Connection, holder: str) -> Iterator[bytes]:
    for (text,) in connection.execute(_TEXTS, (subject_of(holder),)):
        with suppress(msgspec.DecodeError):  # what cannot be read goes all the same
            told = _told.decode(text)
            rows = [_credential.decode(row) for row in (*told.before.rows, *told.after.rows)]
            yield from (row.key for row in rows if row.type in _WITH_KEY)


def _wrapped(keys: Iterable[bytes], ring: Sequence[bytes]) -> frozenset[bytes]:
    """Return the keys with all that rotations may have made of them since."""
    found = set(keys)
    for key in tuple(found):
        for first in range(1, len(ring)):
            found.update(accumulate(ring[first:], lambda now, by: wrap(now, (by,)), initial=key))
    return frozenset(found)
