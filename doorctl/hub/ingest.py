"""Taking in the controllers' logs: contiguous, under the checkpoint their door signed, each record exactly once.

* A batch that begins beyond what is held is a gap: nothing is stored, the acknowledgement tells where to go on.
* What is held already must come again byte for byte; it is passed over.
* Another leaf in the same place, or another root under the same size, is a fork: nothing is stored, and no
  acknowledgement is given, because one of the two histories is a lie.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.audit.checkpoint import open_checkpoint, origin_of
from doorctl.audit.leaf import Opening
from doorctl.audit.tree import Tree
from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.log_store import (
    HeldOpening,
    LogId,
    RecordColumns,
    add_openings,
    add_records,
    held_leaves,
    held_tree,
    read_columns,
    set_head,
)
from doorctl.hub.refusals import Refusals
from doorctl.hub.roll import Roll
from doorctl.hub.uploads import Uploads
from doorctl.keys.identity import log_key_name
from doorctl.keys.sealing import open_sealed
from doorctl.wire.messages import LogAck, LogBatch, decode_strictly
from doorctl.wire.notes import Verifier, detach
from doorctl.wire.topics import Address, Channel

_openings = msgspec.json.Decoder(tuple[Opening, ...])


def acknowledge_batch(
    connection: sqlite3.Connection,
    payload: bytes,
    *,
    controller: str,
    roll: Roll,
    box: X25519PrivateKey,
    refusals: Refusals,
    uploads: Uploads,
    at: datetime,
) -> tuple[LogAck, bool]:
    """Take in what a controller uploads; return what is durably held then, and whether any of it is new.

    A batch with a gap is only counted: the acknowledgement tells where to go on. Raises Refused as ``take_in``
    and ``Uploads.check`` do.
    """
    note, sealed = detach(payload)
    batch = roll.open(note, LogBatch, controller=controller)
    tree = held = held_tree(connection, LogId(controller, batch.log_epoch))
    if batch.leaves:
        uploads.check(controller, at)
    try:
        tree = take_in(connection, batch, sealed, held=held, log_key=roll.keys_of(controller).log, box=box)
    except Refused as refusal:
        if refusal.refusal != "log-gap":
            raise
        refusals.count(refusal, Address(Channel.LOG, controller))
    if is_news := tree.size > held.size:
        uploads.stored(controller, len(payload), at, begins_log=not held.size)
    ack = LogAck(
        site=batch.site, controller=controller, log_epoch=batch.log_epoch, size=tree.size, root=tree.root.hex()
    )
    return ack, is_news


def take_in(
    connection: sqlite3.Connection,
    batch: LogBatch,
    sealed: bytes | None,
    *,
    held: Tree,
    log_key: bytes,
    box: X25519PrivateKey,
) -> Tree:
    """Store what is new in a batch whose note is verified beyond what is ``held``; return what is held then, durably.

    Raises Refused: ``log-gap``, ``log-fork``, ``wrong-opening``, or as leaves, checkpoints and seals do.
    """
    log = LogId(batch.controller, batch.log_epoch)
    leaves = [leaf.encode() for leaf in batch.leaves]
    fresh = _fresh_leaves(connection, log, batch.first, leaves, held)
    tree = held
    for leaf in fresh:
        tree = tree.append(leaf)
    _check_root(batch, tree, log_key)
    if not fresh:
        return held
    columns = [read_columns(leaf, log, seq=held.size + index) for index, leaf in enumerate(fresh)]
    openings = _fresh_openings(batch, sealed, columns, box)
    with transaction(connection):
        add_records(connection, log, fresh, columns)
        add_openings(connection, log, openings)
        set_head(connection, log, tree, batch.checkpoint.encode())
    return tree


def _fresh_leaves(
    connection: sqlite3.Connection, log: LogId, first: int, leaves: Sequence[bytes], held: Tree
) -> Sequence[bytes]:
    if first > held.size:
        raise Refused("log-gap", f"the hub holds {held.size} records; go on from there")
    repeated = min(len(leaves), held.size - first)
    if held_leaves(connection, log, first=first, count=repeated) != list(leaves[:repeated]):
        raise Refused("log-fork", "another record stands in the place of one that is held")
    return leaves[repeated:]


def _check_root(batch: LogBatch, tree: Tree, log_key: bytes) -> None:
    """Compare with the checkpoint; that of an old batch is for less than is held, and its leaves were compared."""
    checkpoint = open_checkpoint(
        batch.checkpoint.encode(),
        Verifier(log_key_name(batch.controller), log_key),
        origin=origin_of(batch.site, batch.controller, batch.log_epoch),
    )
    if checkpoint.size != batch.first + len(batch.leaves):
        raise Refused("malformed", "the batch does not end at its checkpoint")
    if checkpoint.size == tree.size and checkpoint.root != tree.root:
        raise Refused("log-fork", "the records do not lead to the root that the controller signed")


def _fresh_openings(
    batch: LogBatch, sealed: bytes | None, columns: Sequence[RecordColumns], box: X25519PrivateKey
) -> Sequence[HeldOpening]:
    if sealed is None:
        return ()
    plain = open_sealed(sealed, box=box, about=f"openings:{batch.log_epoch}:{batch.first}")
    openings = decode_strictly(_openings, plain)
    subjects = {record.seq: record.subject for record in columns}
    fresh = {opening.seq: opening for opening in openings if opening.seq in subjects}
    for seq, opening in fresh.items():
        if opening.commitment != subjects[seq]:
            raise Refused("wrong-opening", "an opening does not fit its record")
    return [HeldOpening(it.seq, 0, it.salt, it.subject) for it in fresh.values()]
