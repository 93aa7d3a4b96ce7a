"""Taking in the controllers' logs: contiguous, under the checkpoint their door signed, each record exactly once.

* A batch that begins beyond what is held is a gap: nothing is stored, the acknowledgement tells where to go on.
* What is held already must come again byte for byte; it is passed over. Of what retention dropped the hash is held.
* Another leaf in the same place, or another root under the same size, is a fork: nothing is stored, and no
  acknowledgement is given, because one of the two histories is a lie.
* A leaf that no verifier reads is not taken in: with it no export would ever be whole again.
"""

import sqlite3
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.audit.checkpoint import open_checkpoint, origin_of
from doorctl.audit.leaf import SALT_BYTES, Opening, commitments
from doorctl.audit.proofs import Subtree, grow, tree_of
from doorctl.audit.tree import Tree, leaf_hash
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.hub.log_alarms import Conflict, Told
from doorctl.hub.log_store import (
    LogId,
    add_nodes,
    add_records,
    add_subjects,
    leaf_hashes,
    nodes_of,
    set_head,
)
from doorctl.hub.occupancy import MOVING, note_movements
from doorctl.hub.own_pins.arrivals import keep_own_pins, without_own_pins
from doorctl.hub.strict_leaves import ControllerLeaf, NotAllowed, read_leaves
from doorctl.keys.identity import log_key_name
from doorctl.keys.sealing import open_sealed
from doorctl.wire.messages import LogBatch, decode_strictly
from doorctl.wire.notes import Verifier

_openings = msgspec.json.Decoder(tuple[Opening, ...])
_BEGINNING = datetime.fromtimestamp(0, UTC)
_DAY_SECONDS = 86_400
_CHECKPOINT_LINES = 5
"""Three of text, an empty one, one signature."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a batch adds to a log: its records, their kinds and times, what opens them, and the tree with them."""

    log: LogId
    leaves: Sequence[bytes]
    columns: Sequence[ControllerLeaf]
    kinds: Set[str]
    times: Sequence[int]
    openings: Sequence[Opening]
    tree: Tree
    nodes: Sequence[tuple[Subtree, bytes]]
    checkpoint: bytes


def open_told(batch: LogBatch, log_key: bytes) -> Told:
    """Open a batch's checkpoint. Raises Refused: ``malformed``, ``extra-signature``, or as ``open_checkpoint``."""
    note = batch.checkpoint.encode()
    checkpoint = open_checkpoint(
        note,
        Verifier(log_key_name(batch.controller), log_key),
        origin=origin_of(batch.site, batch.controller, batch.log_epoch),
    )
    if checkpoint.size != batch.first + len(batch.leaves):
        raise Refused("malformed", "the batch does not end at its checkpoint")
    if note.count(b"\n") != _CHECKPOINT_LINES:
        raise Refused("extra-signature", "a checkpoint has the one signature of its door: the hub adds its own")
    return Told(checkpoint.size, checkpoint.root, note)


def examine(
    connection: sqlite3.Connection,
    batch: LogBatch,
    sealed: bytes | None,
    *,
    told: Told,
    held: Tree,
    box: X25519PrivateKey,
) -> Fresh:
    """Find what is new in a batch beyond what is ``held``; nothing is written.

    Raises Conflict ``log-gap``, ``log-fork`` or ``log-malformed``, and Refused: ``wrong-opening``, or as leaves and
    seals do.
    """
    log = LogId(batch.controller, batch.log_epoch)
    leaves = [leaf.encode() for leaf in batch.leaves]
    if batch.first > held.size:
        detail = f"the hub holds {held.size} records; go on from there"
        raise Conflict("log-gap", detail, seq=held.size, held_root=held.root, told=told)
    repeated = min(len(leaves), held.size - batch.first)
    known = leaf_hashes(connection, log, first=batch.first, count=repeated)
    again = [leaf_hash(leaf) for leaf in leaves[:repeated]]
    if known != again:
        other = batch.first + _first_other(known, again)
        raise _fork("another record stands in the place of one that is held", other, held, told)
    fresh = leaves[repeated:]
    tree, nodes = grow(held, fresh)
    _check_root(connection, log, told, tree)
    columns = _read(fresh, log, held, told)
    openings = _fresh_openings(batch, sealed, columns, box) if fresh else ()
    kinds = {it.kind for it in columns}
    return Fresh(log, fresh, columns, kinds, _times(columns), openings, tree, nodes, told.note)


def store(connection: sqlite3.Connection, fresh: Fresh) -> None:
    """Store what is new; in the caller's transaction."""
    openings = fresh.openings
    if RecordKind.OWN_PIN in fresh.kinds:
        openings = without_own_pins(fresh.openings, fresh.columns)
        keep_own_pins(connection, fresh.openings, fresh.columns, times=fresh.times)
    add_records(connection, fresh.log, fresh.leaves, fresh.columns, times=fresh.times)
    add_subjects(connection, fresh.log, openings)
    if not MOVING.isdisjoint(fresh.kinds):
        note_movements(connection, fresh.log.controller, fresh.columns, fresh.openings, times=fresh.times)
    add_nodes(connection, fresh.log, fresh.nodes)
    set_head(connection, fresh.log, fresh.tree, fresh.checkpoint)


def _check_root(connection: sqlite3.Connection, log: LogId, told: Told, tree: Tree) -> None:
    """Compare with the checkpoint; that of an old batch is for less than is held."""
    at = tree if told.size == tree.size else tree_of(told.size, nodes_of(connection, log))
    if told.root != at.root:
        raise _fork("the records do not lead to the root that the controller signed", told.size, at, told)


def _first_other(known: Sequence[bytes], leaves: Sequence[bytes]) -> int:
    pairs = enumerate(zip(known, leaves, strict=False))
    return next((number for number, (ours, theirs) in pairs if ours != theirs), len(known))


def _read(fresh: Sequence[bytes], log: LogId, held: Tree, told: Told) -> Sequence[ControllerLeaf]:
    try:
        read = read_leaves(fresh)
    except NotAllowed as error:
        seq = held.size + error.number
        detail = f"record {seq} is no record: {error}"
        raise Conflict("log-malformed", detail, seq=seq, held_root=held.root, told=told) from error
    is_of_log = {(it.controller, it.epoch) for it in read} <= {(log.controller, log.log_epoch)}
    if not is_of_log or [it.seq for it in read] != list(range(held.size, held.size + len(fresh))):
        raise Refused("wrong-log", "a record belongs to another place or another log")
    return read


def _times(read: Sequence[ControllerLeaf]) -> list[int]:
    """Return when records were made, in whole seconds since 1970."""
    try:
        spans = [datetime.fromisoformat(it.at) - _BEGINNING for it in read]
    except ValueError as error:
        raise Refused("malformed", f"not a time: {error}") from error
    return [span.days * _DAY_SECONDS + span.seconds for span in spans]


def _fork(detail: str, seq: int, held: Tree, told: Told) -> Conflict:
    return Conflict("log-fork", detail, seq=seq, held_root=held.root, told=told)


def _fresh_openings(
    batch: LogBatch, sealed: bytes | None, columns: Sequence[ControllerLeaf], box: X25519PrivateKey
) -> Sequence[Opening]:
    if sealed is None:
        return ()
    plain = open_sealed(sealed, box=box, about=f"openings:{batch.log_epoch}:{batch.first}")
    first, end = columns[0].seq, columns[-1].seq + 1
    fresh = {it.seq: it for it in decode_strictly(_openings, plain) if first <= it.seq < end and not it.part}
    opened = tuple(fresh.values())
    if not {len(it.salt) for it in opened} <= {SALT_BYTES}:
        raise Refused("wrong-opening", "a salt has another length: no verifier would read it")
    if commitments(opened) != [columns[seq - first].subject for seq in fresh]:
        raise Refused("wrong-opening", "an opening does not fit its record")
    return opened
