"""A hub's site.db with many records, as the hub would have it: leaves, openings, trees, cosignatures, its own log."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import progress
from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.leaf import Leaf, Opening, PolicyMark, TreeMark, leaf_bytes, written
from doorctl.audit.proofs import grow
from doorctl.audit.tree import Tree
from doorctl.clock import ClockQuality
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.database import empty_wal, transaction
from doorctl.hub.cosigning import Recorded, cosign_anew
from doorctl.hub.log_store import (
    HeldOpening,
    LogId,
    add_nodes,
    add_openings,
    set_head,
)
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.trust_history import hold_trust
from doorctl.wire.rights import ExportBegin
from tests.hub.builders import NOON_SECONDS, SITE, ASite

BATCH = 1000
_WAL_RECORDS = 100_000
"""After so many the write-ahead log is emptied: it takes 6 KB for each."""
HOLDERS = 1000
EXPORT = "e" * 32
LOG = LogId("pi-1", 1)
_ADD = """
INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone, outcome)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def an_exported_site(folder: Path, records: int) -> ASite:
    """Make a site with so many records of one controller, and an export begun as a proof."""
    site = ASite(folder, controllers=["pi-1"])
    own = OwnLog(site.connection, site.hub_identity.signer, site=SITE)
    site.connection.execute("PRAGMA synchronous = OFF")
    with transaction(site.connection):
        hold_trust(site.connection, own, site.trust(), at=NOON_SECONDS)
        people = ((holder_of(number), f"person-{number}", f"Person {number}") for number in range(HOLDERS))
        site.connection.executemany("INSERT INTO people (holder, handle, name) VALUES (?, ?, ?)", people)
    tree = Tree()
    for first in range(0, records, BATCH):
        tree = _take_in(site, own, tree, range(first, min(records, first + BATCH)))
        if not tree.size % _WAL_RECORDS:
            empty_wal(site.connection)
        progress(f"{tree.size:,} of {records:,} records")
    site.ask(ExportBegin(EXPORT, "doorlog", names=True))
    empty_wal(site.connection)
    return site


def holder_of(number: int) -> str:
    """Name one of the people."""
    return f"{number % HOLDERS:016x}"


def _take_in(site: ASite, own: OwnLog, tree: Tree, numbers: range) -> Tree:
    made = [_a_record(seq) for seq in numbers]
    leaves = [leaf_bytes(leaf) for leaf, _ in made]
    rows = [
        ("pi-1", 1, it.seq, leaf, _at(it.seq), it.kind, it.door, it.zone, it.outcome)
        for (it, _), leaf in zip(made, leaves, strict=True)
    ]
    tree, nodes = grow(tree, leaves)
    checkpoint = sign_checkpoint(
        Checkpoint(origin_of(SITE, "pi-1", 1), tree.size, tree.root), site.controllers[0].log
    )
    with transaction(site.connection):
        site.connection.executemany(_ADD, rows)
        held = (HeldOpening(it.seq, 0, it.salt, it.subject) for _, it in made)
        add_openings(site.connection, LOG, held)
        add_nodes(site.connection, LOG, nodes)
        set_head(site.connection, LOG, tree, checkpoint)
        own.append(Entry(RecordKind.COSIGNED, tree=TreeMark("pi-1", 1, tree.size, tree.root.hex())), at=NOON_SECONDS)
        signer, recorded = site.hub_identity.signer, Recorded(0, 0, 0)
        cosign_anew(site.connection, LOG, checkpoint, signer, recorded=recorded, at=NOON_SECONDS)
    return tree


def _a_record(seq: int) -> tuple[Leaf, Opening]:
    opening = Opening(seq, hashlib.sha256(seq.to_bytes(8)).digest()[:16], f"holder:{holder_of(seq)}")
    is_granted = bool(seq % 10)
    leaf = Leaf(
        v=1,
        controller="pi-1",
        epoch=1,
        seq=seq,
        boot="0b5d2f60",
        kind=RecordKind.DECISION,
        at=written(datetime.fromtimestamp(_at(seq), UTC)),
        clock=ClockQuality.SYNCHRONIZED,
        mono_ms=seq * 1000,
        door=f"door-{seq % 8}",
        zone=f"floor-{seq % 4}",
        reader=f"door-{seq % 8}-in",
        outcome=Outcome.GRANTED if is_granted else Outcome.DENIED,
        reason=Reason.GRANTED if is_granted else Reason.NO_GRANT,
        policy=PolicyMark(1, 42, 3.5),
        subject=opening.commitment,
    )
    return leaf, opening


def _at(seq: int) -> int:
    return NOON_SECONDS - 10_000_000 + seq
