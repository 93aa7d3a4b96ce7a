"""The record of a command in the hub's own log: who gave it, what became of it, and which rows it changed.

What a row says of a person stands in an opening, one for each person, never in the leaf; neither holds a card's
number, or the keyed hash of a PIN: there are so few PINs that it tells which to whoever has the ring. A roster stands
there by its hash: its lines are about persons, and the note itself is in the change.
"""

import dataclasses
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import msgspec

from doorctl.audit.leaf import Act
from doorctl.audit.occupancy import ALL
from doorctl.core.records import RecordKind
from doorctl.hub.given_commands import Outcome, about, note_given
from doorctl.hub.history import Operation
from doorctl.hub.own_log import Entry, OwnLog, Personal, subject_of
from doorctl.hub.rights.roles import word_of
from doorctl.hub.two_admins.waiting_requests import EXPIRED
from doorctl.policy.apply import find_row
from doorctl.policy.rows import (
    CredentialClassRow,
    CredentialLimitsRow,
    CredentialRow,
    ErasureRow,
    HolderRow,
    PinCodeRow,
    PinRow,
    RosterRow,
    Row,
)
from doorctl.wire.commands import Command, Verb
from doorctl.wire.rights import CardKeysRotate
from doorctl.wire.topics import HUB_NAME
from doorctl.wire.verdict import Verdict
from doorctl.wire.visits import VisitorIn

MOST_ROWS = 100
"""What one record holds of rows, and of persons; what a command changes beyond that goes on in the next one."""
MOST_ROW_BYTES = 16 * 1024
"""What it holds of rows before, and of rows after: a longer leaf would fit into no answer."""
MOST_PERSONAL_ROWS = 50
"""What one opening holds of a person's rows; what there is beyond that stands in the next record's."""

FETCHED_BACK = "fetched-back"
"""The reason in records of what was done before the hub was restored."""
_NAMES = "SELECT handle, name FROM people WHERE holder = ?"
_WITH_KEY = CredentialRow | CredentialClassRow | CredentialLimitsRow | PinRow
_encode = msgspec.json.Encoder().encode
_NOBODYS = Entry(RecordKind.COMMAND)
ToldRow = Row | dict[str, str | bool]


class _Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person as they were, or are: their rows, and how they are called where that has changed."""

    rows: tuple[ToldRow, ...] = ()
    handle: str = ""
    name: str = ""


class _Changed(msgspec.Struct, frozen=True, omit_defaults=True):
    holder: str
    before: _Person
    after: _Person


@dataclass(frozen=True, slots=True)
class Changes:
    """What a command changed: rows as they stood and as they stand, and the same of each person."""

    before: Sequence[msgspec.Raw] = ()
    after: Sequence[msgspec.Raw] = ()
    personal: Sequence[Personal] = ()


NO_CHANGES = Changes()


@dataclass(slots=True)
class Watched:
    """Rows and names as they stood before a command was carried out, to be compared with what stands then.

    ``of_the_hub`` is what it changes beside the policy.
    """

    connection: sqlite3.Connection
    rows: dict[object, Row] = field(default_factory=dict)
    before: dict[object, Row | None] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    of_the_hub: Changes = NO_CHANGES

    def changes(self) -> Changes:
        """Return what has changed since."""
        after = {key: find_row(self.connection, row) for key, row in self.rows.items()}
        touched = [key for key in self.rows if self.before[key] != after[key]]
        stood = [row for key in touched if (row := self.before[key]) is not None]
        stands = [row for key in touched if (row := after[key]) is not None]
        beside = self.of_the_hub
        return Changes(
            [*_public(stood), *beside.before],
            [*_public(stands), *beside.after],
            [*self._personal(stood, stands), *beside.personal],
        )

    def _personal(self, stood: Sequence[Row], stands: Sequence[Row]) -> list[Personal]:
        before, after = _by_holder(stood), _by_holder(stands)
        found = []
        for holder, names in self.names.items():
            now = _names(self.connection, holder)
            were, are = (names, now) if names != now else (("", ""), ("", ""))
            changed = _Changed(
                holder,
                _Person(tuple(map(told_row, before.get(holder, ()))), *were),
                _Person(tuple(map(told_row, after.get(holder, ()))), *are),
            )
            if holder in before or holder in after or names != now:
                found += [Personal(holder, _encode(part).decode()) for part in _parts_of(changed)]
        return found


def watch(connection: sqlite3.Connection, operations: Iterable[Operation], *, do: Verb | None = None) -> Watched:
    """Note how the rows stand that these operations will change, and how the persons are called whom they are about.

    Where a command writes every credential and PIN anew, and changes nothing else of them, they are passed over.
    """
    watched = Watched(connection)
    for row in (operation.row for operation in operations):
        if isinstance(do, CardKeysRotate) and isinstance(row, _WITH_KEY):
            continue
        key = (type(row), *(getattr(row, name) for name in row.primary_key))
        if key in watched.rows:
            continue
        present = find_row(connection, row)
        watched.rows[key], watched.before[key] = row, present
        for each in (row, present):
            holder = None if each is None else _holder_of(each)
            if holder is not None and holder not in watched.names:
                watched.names[holder] = _names(connection, holder)
    return watched


class CommandRecords:
    """Remembers commands twice: in a table, for limits and digests, and in the hub's own log, as evidence."""

    def __init__(self, connection: sqlite3.Connection, own: OwnLog) -> None:
        """Write into this log."""
        self._connection = connection
        self._own = own

    def note(self, command: Command, outcome: Outcome, *, at: int, watched: Watched | None = None) -> None:
        """Remember what became of a command, once, with the rows that were watched; in the caller's transaction."""
        if note_given(self._connection, command, outcome, at=at):
            changes = NO_CHANGES if watched is None else watched.changes()
            self._own.append(*entries_of(command, outcome, changes), at=at)

    def expired(self, command: Command, *, at: int) -> None:
        """Record that a command waited in vain; in the caller's transaction."""
        self._own.append(*entries_of(command, Outcome(Verdict.REFUSED, EXPIRED)), at=at)


def entries_of(command: Command, outcome: Outcome, changes: Changes = NO_CHANGES) -> Iterator[Entry]:
    """Write a command as records: one, or as many as its rows and persons take."""
    do = command.do
    holder = _whom(do, outcome.verdict) or _only(changes.personal)
    entry = Entry(
        RecordKind.COMMAND,
        about(command, names_holder=False),
        door=getattr(do, "door", None) or "",
        zone=getattr(do, "zone", None) or "",
        subject=subject_of(holder) if holder else "",
    )
    act = Act(
        admin=command.admin,
        command=command.id,
        verb=word_of(do),
        verdict=outcome.verdict,
        reason=outcome.reason,
        revision=outcome.revision,
    )
    return _in_pieces(entry, act, changes)


def _whom(do: Verb, verdict: Verdict) -> str | None:
    """Name whom a command is about: of a guest who is not let in, and so is nobody, in whose name they were to be."""
    is_nobody = isinstance(do, VisitorIn) and verdict is not Verdict.ACCEPTED
    return getattr(do, "host" if is_nobody else "holder", None)


def told_of_hub(
    holder: str, *, before: dict[str, str | bool] | None, after: dict[str, str | bool] | None
) -> Personal:
    """Write what a command changes of a person in the hub's own tables."""
    were, are = (_Person(() if row is None else (row,)) for row in (before, after))
    return Personal(holder, _encode(_Changed(holder, were, are)).decode())


def entries_of_hub(
    verb: str,
    revision: int | None,
    changes: Changes,
    *,
    reason: str = "",
    verdict: Verdict = Verdict.ACCEPTED,
    about: Entry = _NOBODYS,
) -> Iterator[Entry]:
    """Write as records what the hub itself has changed, or refused, without a command."""
    act = Act(admin=HUB_NAME, command="", verb=verb, verdict=verdict, reason=reason, revision=revision)
    return _in_pieces(about, act, changes)


def entries_fetched_back(commands: Sequence[Command], revision: int, changes: Changes) -> Iterator[Entry]:
    """Write a change that a restored hub got back; the last of its commands has brought it about."""
    if not commands:
        yield from entries_of_hub("unknown", revision, changes, reason=FETCHED_BACK)
    for command in commands:
        outcome = Outcome(Verdict.ACCEPTED, FETCHED_BACK, revision)
        yield from entries_of(command, outcome, changes if command is commands[-1] else NO_CHANGES)


def _in_pieces(entry: Entry, act: Act, changes: Changes) -> Iterator[Entry]:
    rows = (_chunks_of_rows(changes.before), _chunks_of_rows(changes.after))
    pieces = zip_longest(*rows, _chunks_of_persons(changes.personal), fillvalue=())
    for before, after, personal in list(pieces) or [((), (), ())]:
        yield dataclasses.replace(
            entry, act=msgspec.structs.replace(act, before=before, after=after), personal=personal
        )


def _parts_of(changed: _Changed) -> Iterator[_Changed]:
    most = max(len(changed.before.rows), len(changed.after.rows), 1)
    for first in range(0, most, MOST_PERSONAL_ROWS):
        rows = slice(first, first + MOST_PERSONAL_ROWS)
        before, after = (
            msgspec.structs.replace(person, rows=person.rows[rows]) for person in (changed.before, changed.after)
        )
        yield _Changed(changed.holder, before, after)


def _chunks_of_rows(rows: Iterable[msgspec.Raw]) -> Iterator[tuple[msgspec.Raw, ...]]:
    chunk, size = list[msgspec.Raw](), 0
    for row in rows:
        size += len(bytes(row))
        if chunk and (len(chunk) == MOST_ROWS or size > MOST_ROW_BYTES):
            yield tuple(chunk)
            chunk, size = [], len(bytes(row))
        chunk.append(row)
    if chunk:
        yield tuple(chunk)


def _chunks_of_persons(persons: Iterable[Personal]) -> Iterator[tuple[Personal, ...]]:
    """Part them so that each person stands once in a record: the parts of one follow each other."""
    chunk = list[Personal]()
    for person in persons:
        if chunk and (len(chunk) == MOST_ROWS or chunk[-1].holder == person.holder):
            yield tuple(chunk)
            chunk = []
        chunk.append(person)
    if chunk:
        yield tuple(chunk)


def _only(personal: Sequence[Personal]) -> str:
    holders = {each.holder for each in personal}
    return holders.pop() if len(holders) == 1 else ""


def _holder_of(row: Row) -> str | None:
    """Return whom a row is about, None for what is about nobody or everybody, and for an erasure."""
    match row:
        case HolderRow(id=holder):
            return holder
        case ErasureRow():
            return None
    whose: str | None = getattr(row, "holder", None)
    return None if whose == ALL else whose


def _by_holder(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if (holder := _holder_of(row)) is not None:
            found.setdefault(holder, []).append(row)
    return found


def _public(rows: Iterable[Row]) -> list[msgspec.Raw]:
    return [msgspec.Raw(_encode(told_row(row))) for row in rows if _holder_of(row) is None]


def told_row(row: Row) -> ToldRow:
    """Leave out a roster's lines, and the keyed hashes of a PIN and of a code for one."""
    match row:
        case RosterRow(zone=zone, note=note):
            return {"type": "roster", "zone": zone, "sha256": hashlib.sha256(note.encode()).hexdigest()}
        case PinRow(holder=holder):
            return {"type": "pin", "holder": holder, "alone": bool(row.alone), "duress": bool(row.duress)}
        case PinCodeRow(holder=holder, valid_until=valid_until):
            return {"type": "pin-code", "holder": holder, "valid_until": str(valid_until)}
    return row


def _names(connection: sqlite3.Connection, holder: str) -> tuple[str, str]:
    row: tuple[str, str] | None = connection.execute(_NAMES, (holder,)).fetchone()
    return row or ("", "")
