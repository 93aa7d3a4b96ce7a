"""Logs and records to test with, and the reader that checks a log as an auditor would: from its file alone."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit.checkpoint import open_checkpoint, origin_of
from doorctl.audit.erasure import WIPED
from doorctl.audit.leaf import Draft, Leaf, Opening, read_leaf
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.audit.quota import Quota
from doorctl.audit.tree import tree_from
from doorctl.clock import WallClock
from doorctl.core.records import RecordKind
from doorctl.database import open_reader
from doorctl.door.statements import Statements
from doorctl.keys.identity import log_key_name
from doorctl.wire.notes import Signer

SITE, CONTROLLER = "hq", "pi-3"
SIGNER = Signer(log_key_name(CONTROLLER), Ed25519PrivateKey.from_private_bytes(b"log key" + bytes(25)))
STATEMENTS = Statements(WallClock())
ADA = "holder:ada"
_OPENINGS = f"SELECT seq, salt, subject FROM openings WHERE subject NOT GLOB '{WIPED}*'"


def a_log(path: Path, *, boot: str = "b00t", quota: Quota | None = None) -> AuditLog:
    """Make a log that is not opened yet."""
    return AuditLog(path, LogIdentity(SITE, CONTROLLER, boot, SIGNER), draft=STATEMENTS.draft, quota=quota)


def a_draft(detail: str = "", *, kind: RecordKind = RecordKind.READ_FAULT, subject: str = "") -> Draft:
    """Make a record to be written."""
    return STATEMENTS.draft(kind, detail, subject=subject)


@dataclass(frozen=True, slots=True)
class StoredLog:
    """What stands in the file."""

    epoch: int
    first: int
    size: int
    root: bytes
    raw: tuple[bytes, ...]
    openings: tuple[Opening, ...]

    @property
    def leaves(self) -> list[Leaf]:
        """The records, read."""
        return [read_leaf(data) for data in self.raw]

    @property
    def kinds(self) -> list[RecordKind]:
        """The kinds of the records."""
        return [leaf.kind for leaf in self.leaves]

    @property
    def details(self) -> list[str]:
        """The details of the records that have one."""
        return [leaf.detail for leaf in self.leaves if leaf.detail]


def stored(path: Path, signer: Signer = SIGNER) -> StoredLog:
    """Read a log of which nothing has gone, and prove that it holds together."""
    found = stored_from(path, signer)
    assert found.first == 0
    return found


def stored_from(path: Path, signer: Signer = SIGNER) -> StoredLog:
    """Read a log and prove that it holds together: numbers, tree, root, every checkpoint and every opening."""
    with closing(open_reader(path)) as connection:
        epoch, size, frontier, root, newest, first, before = connection.execute(
            "SELECT epoch, size, frontier, root, checkpoint, first, before FROM log"
        ).fetchone()
        rows = connection.execute("SELECT seq, leaf, checkpoint FROM records ORDER BY seq").fetchall()
        openings = tuple(Opening(*row) for row in connection.execute(_OPENINGS))
    tree, origin = tree_from(first, before), origin_of(SITE, CONTROLLER, epoch)
    for number, (seq, raw, checkpoint) in enumerate(rows, first):
        tree = tree.append(raw)
        leaf = read_leaf(raw)
        assert (seq, leaf.seq, leaf.epoch) == (number, number, epoch)
        if checkpoint is not None:
            told = open_checkpoint(checkpoint, signer.verifier, origin=origin)
            assert (told.size, told.root) == (tree.size, tree.root)
    assert rows[-1][2] == newest
    assert (size, root, frontier) == (tree.size, tree.root, tree.to_bytes())
    log = StoredLog(epoch, first, size, root, tuple(raw for _, raw, _ in rows), openings)
    leaves = log.leaves
    assert all(leaves[opening.seq - first].subject == opening.commitment for opening in openings)
    return log


def files_with(folder: Path, *sought: bytes) -> list[str]:
    """Name the files in which any of these stands, anywhere."""
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    return sorted(name for name, held in content.items() if any(each in held for each in sought))


@contextmanager
def refusing_writes(path: Path) -> Iterator[None]:
    """Make every commit to a database fail while this lasts, as a full disk does: another holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def damage(path: Path, *statements: str) -> None:
    """Change a log by hand, its tables' own rules set aside."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


class ForgetfulLog:
    """A log that takes everything and keeps nothing."""

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        return list(range(len(drafts)))

    def checkpoint_pages(self, *, hurried: bool = False) -> None:
        """Has no pages."""

    def retire(self, at: datetime) -> None:
        """Has nothing old."""

    def close(self) -> None:
        """Has no file."""
