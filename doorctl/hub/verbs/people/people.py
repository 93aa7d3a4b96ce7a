"""Commands about people: the policy learns an opaque holder, only the hub learns handle and name."""

import sqlite3
import unicodedata

from msgspec.structs import replace

from doorctl.core.model import Status
from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, check_validity, the
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import (
    ClearanceRow,
    CredentialClassRow,
    CredentialLimitsRow,
    CredentialRow,
    GrantRow,
    HolderRow,
    HolderTimesRow,
    MemberRow,
    PassbackResetRow,
    PinCodeRow,
    PinRow,
    Row,
    SponsorRow,
    TrainingRow,
    VisitorRow,
)
from doorctl.wire.commands import PersonAdd, PersonEdit, PersonRemove, PersonSet
from doorctl.wire.messages import Drop, Put

_USED = "SELECT 1 FROM people WHERE holder = ? UNION ALL SELECT 1 FROM erasures WHERE holder = ?"
_ADD = "INSERT INTO people (holder, handle, name) VALUES (?, ?, ?)"
_RENAME = "UPDATE people SET handle = ?, name = ? WHERE holder = ? AND (handle <> ? OR name <> ?)"
_REMOVE = "UPDATE people SET removed_at = ? WHERE holder = ?"


def handle_of(asked: Asked) -> str:
    """Return the handle in the private part, in the one spelling that is stored. Raises Refused ``bad-handle``."""
    handle = unicodedata.normalize("NFC", asked.private.handle if asked.private else "").casefold()
    if not handle or not handle.isprintable() or " " in handle:
        raise Refused("bad-handle", "the command's private part must hold a handle: one word, such as ada")
    return handle


def name_of(asked: Asked) -> str:
    """Return the name in the private part. Raises Refused ``bad-name``."""
    name = asked.private.name.strip() if asked.private else ""
    if not name.isprintable():
        raise Refused("bad-name", "a name has no control characters")
    return name


def person_add(do: PersonAdd, asked: Asked) -> Intent:
    """Make a holder; the name stays at the hub."""
    handle = handle_of(asked)
    name = name_of(asked)
    if asked.connection.execute(_USED, (do.holder, do.holder)).fetchone():
        raise Refused("holder-exists", "this holder id was used before: choose another")
    _refuse_taken(handle, do.holder, asked)
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    row = HolderRow(id=do.holder, valid_from=do.valid_from, valid_until=do.valid_until)
    return Intent((Put(row),), "person added", own=((_ADD, (do.holder, handle, name)),))


def holder_called(asked: Asked, handle: str) -> tuple[str, str] | None:
    """Return holder and name of the person who has this handle now."""
    row: tuple[str, str] | None = asked.connection.execute(
        "SELECT holder, name FROM people WHERE handle = ? AND removed_at IS NULL", (handle,)
    ).fetchone()
    return row


def called(connection: sqlite3.Connection, holder: str | None) -> tuple[str | None, str | None]:
    """Return handle and name of a holder, of one who left, too; of nobody neither."""
    row: tuple[str, str] | None = connection.execute(
        "SELECT handle, name FROM people WHERE holder = ?", (holder,)
    ).fetchone()
    return row or (None, None)


def person_set(do: PersonSet, asked: Asked) -> Intent:
    """Suspend a holder, or end that."""
    if do.status is Status.LOST:
        raise Refused("bad-status", "a person is active or suspended; it is cards that get lost")
    row = the(asked, HolderRow, do.holder)
    if row.status is do.status:
        return Intent((), f"the person is {do.status} already")
    return Intent((Put(replace(row, status=do.status)),), f"the person is {do.status}")


def person_edit(do: PersonEdit, asked: Asked) -> Intent:
    """Say anew how a holder is called, whether it counts, from when and until when; without a handle it stays."""
    if do.status is Status.LOST:
        raise Refused("bad-status", "a person is active or suspended; it is cards that get lost")
    row = the(asked, HolderRow, do.holder)
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    handle, name = _new_handle(do.holder, asked), name_of(asked)
    changed = replace(row, status=do.status, valid_from=do.valid_from, valid_until=do.valid_until)
    return Intent((Put(changed),), "person changed", own=((_RENAME, (handle, name, do.holder, handle, name)),))


def _new_handle(holder: str, asked: Asked) -> str:
    """Return the handle in the private part, or, without one there, the present. Raises Refused."""
    if not asked.private or not asked.private.handle:
        return called(asked.connection, holder)[0] or holder
    handle = handle_of(asked)
    _refuse_taken(handle, holder, asked)
    return handle


def _refuse_taken(handle: str, holder: str, asked: Asked) -> None:
    found = holder_called(asked, handle)
    if found is not None and found[0] != holder:
        raise Refused("handle-taken", "another person has this handle: choose another")


def person_remove(do: PersonRemove, asked: Asked) -> Intent:
    """Remove a holder with everything that would admit them.

    Their name stays for the records they are in, until it is erased with the openings; the handle is free again.
    """
    row = the(asked, HolderRow, do.holder)
    grants = rows_where(asked.connection, GrantRow, holder=do.holder)
    cards = rows_where(asked.connection, CredentialRow, holder=do.holder)
    memberships = rows_where(asked.connection, MemberRow, holder=do.holder)
    limits = rows_where(asked.connection, CredentialLimitsRow, holder=do.holder)
    times = rows_where(asked.connection, HolderTimesRow, holder=do.holder)
    trained = rows_where(asked.connection, TrainingRow, holder=do.holder)
    pins = rows_where(asked.connection, PinRow, holder=do.holder)
    resets = rows_where(asked.connection, PassbackResetRow, holder=do.holder)
    visits = rows_where(asked.connection, VisitorRow, holder=do.holder)
    sponsors = rows_where(asked.connection, SponsorRow, holder=do.holder)
    classes = rows_where(asked.connection, CredentialClassRow, holder=do.holder)
    clearances = rows_where(asked.connection, ClearanceRow, holder=do.holder)
    codes = rows_where(asked.connection, PinCodeRow, holder=do.holder)
    held: list[Row] = [*grants, *classes, *cards, *limits, *times, *trained, *pins, *codes, *clearances, *memberships]
    dropped: list[Row] = [*held, *visits, *sponsors, *resets, row]
    return Intent(
        tuple(Drop(each) for each in dropped),
        f"person removed with {len(cards)} card(s), {len(grants)} grant(s) and {len(memberships)} membership(s)",
        own=((_REMOVE, (asked.at, do.holder)),),
    )
