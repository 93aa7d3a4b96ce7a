"""The history of the policy: changes are made here, kept as exact bytes, and packed for those who lack them."""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from doorctl.errors import Refused
from doorctl.policy.apply import Position, apply_changes, chain_after, position_of
from doorctl.policy.needs import by_level, needs_of, zones_of
from doorctl.policy.rows import DoorRow, ZoneRow
from doorctl.wire.messages import Change, Delta, Drop, Head, Put, change_from, to_text
from doorctl.wire.notes import Signer, sign_text

_FIRST_EPOCH = 1
MAX_CHANGE_BYTES = 54 * 1024
MAX_DELTA_BYTES = 54 * 1024
"""The changes of one delta note: with its frame and signature it stays below the largest note."""

Operation = Put | Drop

_SPEAKS_OF_A_PLACE = (b'"type":"zone"', b'"type":"door"')
_PLACE_CHANGED = """
INSERT INTO place_changes (place, revision) VALUES (?, ?)
ON CONFLICT (place) DO UPDATE SET revision = excluded.revision
"""
_encode = msgspec.json.Encoder().encode


def commit_operations(
    connection: sqlite3.Connection, operations: Sequence[Operation], *, at: int, command: str = ""
) -> Position:
    """Apply operations as the next change, or as several when one would be too large; keep what was applied.

    The caller owns the transaction. Raises Refused: ``too-large``, or ``inapplicable`` by the rows themselves.
    """
    position = position_of(connection)
    for piece in _pieces(operations, at=at, command=command):
        needs = needs_of(piece)
        change = Change(
            revision=position.revision + 1,
            at=at,
            operations=piece,
            needs=needs,
            command=command,
            zones=zones_of(piece) if needs > 1 else None,
        )
        position = append_change(connection, msgspec.Raw(_encode(change)), position)
    return position


def append_change(connection: sqlite3.Connection, raw: msgspec.Raw, position: Position) -> Position:
    """Apply the change after this position and keep its exact bytes; return the new position.

    The caller owns the transaction. Raises Refused as ``apply_changes`` does.
    """
    chain = chain_after(position.chain, bytes(raw))
    now = apply_changes(connection, [raw], epoch=epoch_of(position), chain=chain.hex())
    connection.execute(
        "INSERT INTO changes (revision, change, chain) VALUES (?, ?, ?)", (now.revision, bytes(raw), chain)
    )
    connection.executemany(_PLACE_CHANGED, [(place, now.revision) for place in _places_in(raw)])
    return now


def changes_after(connection: sqlite3.Connection, revision: int) -> Iterator[Change]:
    """Read the changes that follow a revision, but for those whose bytes an erasure has taken."""
    held = "SELECT change FROM changes WHERE revision > ? AND change <> x'' ORDER BY revision"
    for (raw,) in connection.execute(held, (revision,)):
        yield change_from(msgspec.Raw(raw))


def is_broken(connection: sqlite3.Connection, after: int) -> bool:
    """Tell whether an erasure has taken the bytes of a change behind a revision: there only a snapshot leads on."""
    found = connection.execute("SELECT 1 FROM changes WHERE revision > ? AND change = x'' LIMIT 1", (after,))
    return found.fetchone() is not None


def chain_at(connection: sqlite3.Connection, revision: int) -> bytes | None:
    """Return the chain after a revision, None for one that never was."""
    if revision == 0:
        return bytes(32)
    row = connection.execute("SELECT chain FROM changes WHERE revision = ?", (revision,)).fetchone()
    return None if row is None else bytes(row[0])


def epoch_of(position: Position) -> int:
    """Return the epoch that a policy is in, or that its first change will begin."""
    return max(_FIRST_EPOCH, position.epoch)


def head_of(connection: sqlite3.Connection, *, at: int) -> Head:
    """Describe the newest revision."""
    position = position_of(connection)
    return Head(
        site=position.site,
        epoch=epoch_of(position),
        revision=position.revision,
        chain=position.chain.hex(),
        digest=position.digest_hex,
        at=at,
    )


def delta_notes(connection: sqlite3.Connection, signer: Signer, *, after: int) -> Iterator[bytes]:
    """Sign what follows a revision, in notes that each hold as many changes as fit, up to one that was erased."""
    position = position_of(connection)
    changes: list[msgspec.Raw] = []
    size, last, chain = 0, after, b""
    for revision, change, chain_now in connection.execute(
        "SELECT revision, change, chain FROM changes WHERE revision > ? ORDER BY revision", (after,)
    ):
        if not change:
            break
        if changes and size + len(change) > MAX_DELTA_BYTES:
            yield _delta_note(position, changes, last=last, chain=chain, signer=signer)
            changes, size = [], 0
        changes.append(msgspec.Raw(change))
        size, last, chain = size + len(change) + 1, revision, chain_now
    if changes:
        yield _delta_note(position, changes, last=last, chain=chain, signer=signer)


def _places_in(raw: msgspec.Raw) -> set[str]:
    """Name the zones and doors that a change says something of; most changes speak of none, and are not read."""
    if not any(words in bytes(raw) for words in _SPEAKS_OF_A_PLACE):
        return set()
    rows = [operation.row for operation in change_from(raw).operations]
    return {row.id for row in rows if isinstance(row, ZoneRow | DoorRow)}


def _delta_note(
    position: Position, changes: Sequence[msgspec.Raw], *, last: int, chain: bytes, signer: Signer
) -> bytes:
    delta = Delta(
        site=position.site,
        epoch=position.epoch,
        first=last - len(changes) + 1,
        last=last,
        chain=chain.hex(),
        changes=tuple(changes),
    )
    return sign_text(to_text(delta), signer)


def _pieces(operations: Sequence[Operation], *, at: int, command: str) -> Iterator[tuple[Operation, ...]]:
    """Part operations, in their order, so that each change is of one level and stays below the largest."""
    frame = len(_encode(Change(revision=2**53, at=at, operations=(), command=command)))
    for same_level in by_level(operations):
        yield from _that_fit(same_level, frame)


def _that_fit(operations: Sequence[Operation], frame: int) -> Iterator[tuple[Operation, ...]]:
    piece: list[Operation] = []
    size = frame
    for operation in operations:
        length = len(_encode(operation)) + 1
        if frame + length > MAX_CHANGE_BYTES:
            raise Refused("too-large", f"a change has at most {MAX_CHANGE_BYTES} bytes")
        if size + length > MAX_CHANGE_BYTES:
            yield tuple(piece)
            piece, size = [], frame
        piece.append(operation)
        size += length
    yield tuple(piece)
