"""The history of the policy: changes are made here, kept as exact bytes, and packed for those who lack them."""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from doorctl.errors import Refused
from doorctl.messages import Change, Delta, Drop, Head, Put, to_text
from doorctl.notes import Signer, sign_text
from doorctl.policy.apply import Position, apply_changes, chain_after, position_of

EPOCH = 1
MAX_CHANGE_BYTES = 40 * 1024
MAX_DELTA_BYTES = 48 * 1024
"""The changes of one delta note: with its frame and signature it stays below the largest note."""

Operation = Put | Drop

_encode = msgspec.json.Encoder().encode


def commit_operations(
    connection: sqlite3.Connection, operations: Sequence[Operation], *, at: int, command: str = ""
) -> Position:
    """Apply operations as the next change, or as several when one would be too large; keep what was applied.

    The caller owns the transaction. Raises Refused: ``too-large``, or ``inapplicable`` by the rows themselves.
    """
    position = position_of(connection)
    for piece in _pieces(operations, at=at, command=command):
        change = Change(revision=position.revision + 1, at=at, operations=piece, command=command)
        raw = msgspec.Raw(_encode(change))
        chain = chain_after(position.chain, bytes(raw))
        position = apply_changes(connection, [raw], epoch=EPOCH, chain=chain.hex())
        connection.execute(
            "INSERT INTO changes (revision, change, chain) VALUES (?, ?, ?)", (position.revision, bytes(raw), chain)
        )
    return position


def chain_at(connection: sqlite3.Connection, revision: int) -> bytes | None:
    """Return the chain after a revision, None for one that never was."""
    if revision == 0:
        return bytes(32)
    row = connection.execute("SELECT chain FROM changes WHERE revision = ?", (revision,)).fetchone()
    return None if row is None else bytes(row[0])


def head_of(connection: sqlite3.Connection, *, at: int) -> Head:
    """Describe the newest revision."""
    position = position_of(connection)
    return Head(
        site=position.site,
        epoch=position.epoch,
        revision=position.revision,
        chain=position.chain.hex(),
        digest=position.digest_hex,
        at=at,
    )


def delta_notes(connection: sqlite3.Connection, signer: Signer, *, after: int) -> Iterator[bytes]:
    """Sign what follows a revision, in notes that each hold as many changes as fit."""
    site = position_of(connection).site
    changes: list[msgspec.Raw] = []
    size, last, chain = 0, after, b""
    for revision, change, chain_now in connection.execute(
        "SELECT revision, change, chain FROM changes WHERE revision > ? ORDER BY revision", (after,)
    ):
        if changes and size + len(change) > MAX_DELTA_BYTES:
            yield _delta_note(site, changes, last=last, chain=chain, signer=signer)
            changes, size = [], 0
        changes.append(msgspec.Raw(change))
        size, last, chain = size + len(change) + 1, revision, chain_now
    if changes:
        yield _delta_note(site, changes, last=last, chain=chain, signer=signer)


def _delta_note(site: str, changes: Sequence[msgspec.Raw], *, last: int, chain: bytes, signer: Signer) -> bytes:
    first = last - len(changes) + 1
    delta = Delta(site=site, epoch=EPOCH, first=first, last=last, chain=chain.hex(), changes=tuple(changes))
    return sign_text(to_text(delta), signer)


def _pieces(operations: Sequence[Operation], *, at: int, command: str) -> Iterator[tuple[Operation, ...]]:
    """Part operations, in their order, so that each change stays below the largest."""
    frame = len(_encode(Change(revision=2**53, at=at, operations=(), command=command)))
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
