"""The hub's own log as an auditor reads it, from site.db alone: numbers, roots, checkpoints, openings are checked."""

import sqlite3
from dataclasses import dataclass

import msgspec

from doorctl.audit.checkpoint import HUB_LOG, open_checkpoint, origin_of
from doorctl.audit.leaf import Leaf, Opening, read_leaf
from doorctl.audit.tree import Tree
from doorctl.core.records import RecordKind
from doorctl.hub.log_store import LogId, nodes_of
from doorctl.wire.notes import Signer
from tests.hub.builders import SITE, ASite

_RECORDS = "SELECT seq, leaf FROM records WHERE controller = ? AND log_epoch = ? ORDER BY seq"
_OPENINGS = "SELECT seq, part, salt, subject, text FROM openings WHERE controller = ? AND log_epoch = ?"


@dataclass(frozen=True, slots=True)
class Read:
    """One epoch of the log."""

    epoch: int
    raw: tuple[bytes, ...]
    texts: dict[tuple[int, int], str]
    """What each opening says, by record and part."""

    @property
    def leaves(self) -> list[Leaf]:
        return [read_leaf(data) for data in self.raw]

    @property
    def kinds(self) -> list[RecordKind]:
        return [leaf.kind for leaf in self.leaves]

    def of(self, kind: RecordKind) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf.kind is kind]


def epochs_of(connection: sqlite3.Connection) -> list[int]:
    rows = connection.execute("SELECT log_epoch FROM log_heads WHERE controller = ? ORDER BY log_epoch", (HUB_LOG,))
    return [epoch for (epoch,) in rows]


def read_log(connection: sqlite3.Connection, signer: Signer, epoch: int) -> Read:
    """Read an epoch and prove that it holds together."""
    rows = connection.execute(_RECORDS, (HUB_LOG, epoch)).fetchall()
    size, frontier, note = connection.execute(
        "SELECT size, frontier, checkpoint FROM log_heads WHERE controller = ? AND log_epoch = ?", (HUB_LOG, epoch)
    ).fetchone()
    tree = Tree()
    for number, (seq, raw) in enumerate(rows):
        leaf = read_leaf(raw)
        assert (seq, leaf.seq, leaf.epoch, leaf.controller) == (number, number, epoch, HUB_LOG)
        tree = tree.append(raw)
    told = open_checkpoint(note, signer.verifier, origin=origin_of(SITE, HUB_LOG, epoch))
    assert (told.size, told.root, frontier) == (size, tree.root, tree.to_bytes())
    assert size == len(rows)
    if size >= 256:
        assert nodes_of(connection, LogId(HUB_LOG, epoch))(8, 0) == tree_root(rows[:256])
    return Read(epoch, tuple(raw for _, raw in rows), _texts(connection, epoch, [read_leaf(raw) for _, raw in rows]))


def own_log(site: ASite) -> Read:
    """Read the newest epoch."""
    return read_log(site.connection, site.hub_identity.signer, epochs_of(site.connection)[-1])


def tree_root(rows: list[tuple[int, bytes]]) -> bytes:
    tree = Tree()
    for _, raw in rows:
        tree = tree.append(raw)
    return tree.root


def _texts(connection: sqlite3.Connection, epoch: int, leaves: list[Leaf]) -> dict[tuple[int, int], str]:
    texts = {}
    for seq, part, salt, subject, text in connection.execute(_OPENINGS, (HUB_LOG, epoch)):
        said = subject if text is None else text
        committed = leaves[seq].subject if part == 0 else leaves[seq].personal[part - 1]
        assert Opening(seq, salt, said, part).commitment == committed
        assert text is None or subject == f"holder:{msgspec.json.decode(text)['holder']}"
        texts[seq, part] = said
    return texts
