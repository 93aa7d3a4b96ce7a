"""A running door's log, checked where it lies: leaf by leaf, against its checkpoint, its anchor and the hub's word.

It reads beside the door that writes: in short transactions, so that the write-ahead log can start over. Whatever is
wrong is told by its first record; nothing is changed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from doorctl.audit.anchor import LogMark, anchor_beside, read_anchor
from doorctl.audit.checkpoint import Checkpoint, checkpoint_text, open_checkpoint, origin_of, told_epoch
from doorctl.audit.cosignature import open_cosignature
from doorctl.audit.erasure import WIPED
from doorctl.audit.leaf import Leaf, Opening, read_leaf
from doorctl.audit.losses import logs_put_aside
from doorctl.audit.tree import Tree, tree_from
from doorctl.core.records import RecordKind
from doorctl.database import UNREADABLE, open_reader
from doorctl.errors import Refused
from doorctl.wire.notes import Verifier, text_of

CHUNK_RECORDS = 4096
_HEAD = "SELECT epoch, size, frontier, root, checkpoint, first, before FROM log"
_ROWS = """
SELECT r.seq, r.leaf, r.checkpoint, o.salt, o.subject FROM records AS r LEFT JOIN openings AS o ON o.seq = r.seq
WHERE r.seq >= ? AND r.seq < ? ORDER BY r.seq
"""
_Row = tuple[int, bytes, bytes | None, bytes | None, str | None]


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose log it is, by which key it signs, and by which the hub does and did; none: its word says nothing."""

    site: str
    controller: str
    log: Verifier
    hub: tuple[Verifier, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveVerdict:
    """What was found; ``cosigned_at`` in seconds since 1970."""

    problems: tuple[str, ...]
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()
    epoch: int = 0
    first: int = 0
    size: int = 0
    cosigned_size: int | None = None
    cosigned_at: int | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class _Broken(Exception):
    """The log is not whole; the text says where."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The log as its one row says that it is."""

    epoch: int = 0
    size: int = 0
    frontier: bytes = b""
    root: bytes = b""
    checkpoint: bytes = b""
    first: int = 0
    before: bytes = b""


def verify_live(
    path: Path, keys: Keys, *, cosigned: Path, tell: Callable[[int], None] = lambda _: None
) -> LiveVerdict:
    """Check a log; ``cosigned`` is the keeper's file of the hub's newest cosignature, ``tell`` hears of records."""
    check = _Check(keys, tell)
    anchor, note = read_anchor(anchor_beside(path)), _note_in(cosigned)
    try:
        with closing(open_reader(path, busy_milliseconds=5000)) as connection:
            check.run(connection, anchor, note)
        check.tell_of_the_past(path)
    except _Broken as broken:
        return check.verdict(str(broken))
    except (*UNREADABLE, OSError, Refused) as error:
        return check.verdict(f"the log cannot be read: {error}")
    return check.verdict()


class _Check:
    """One reading of a log."""

    def __init__(self, keys: Keys, tell: Callable[[int], None]) -> None:
        self._keys = keys
        self._tell = tell
        self._head = _Head()
        self._proven: list[str] = []
        self._not_proven: list[str] = []
        self._cosigned_at: int | None = None
        self._cosigned_size: int | None = None

    def verdict(self, *problems: str) -> LiveVerdict:
        """Say what was found."""
        head = self._head
        told = (tuple(self._proven), tuple(self._not_proven))
        return LiveVerdict(problems, *told, head.epoch, head.first, head.size, self._cosigned_size, self._cosigned_at)

    def run(self, connection: sqlite3.Connection, anchor: LogMark | None, note: bytes | None) -> None:
        """Check all of it. Raises _Broken, and sqlite3.Error."""
        row = connection.execute(_HEAD).fetchone()
        if row is None:
            raise _Broken("there is no record in the log")
        self._head = head = _Head(*row)
        marks = {"the anchor": anchor, "the hub's cosignature": self._cosigned(note)}
        known = {name: mark for name, mark in marks.items() if mark is not None}
        for name, mark in known.items():
            if mark.order > (head.epoch, head.size):
                told = f"{mark.size} records of epoch {mark.epoch}"
                raise _Broken(f"{name} is of {told}; the log has {head.size} of epoch {head.epoch}")
        here = {name: mark for name, mark in known.items() if mark.epoch == head.epoch and mark.size > head.first}
        roots = self._read(connection, {mark.size for mark in here.values()})
        self._check_head(roots[head.size])
        for name, mark in here.items():
            if roots[mark.size] != mark.root:
                raise _Broken(f"{name} has another root at {mark.size} records")
            self._proven.append(f"{name} at {mark.size} records has the same root")
        if anchor is None:
            self._not_proven.append("that nothing was cut off before this start: there is no anchor")

    def tell_of_the_past(self, path: Path) -> None:
        """Say which logs were put aside: what they have lost is lost."""
        with closing(open_reader(path)) as connection:
            row = connection.execute("SELECT leaf FROM records WHERE seq = 0").fetchone()
        if row is not None and (leaf := read_leaf(row[0])).kind is RecordKind.LOG_RECOVERED:
            self._not_proven.append(f"the epoch before this one: {leaf.detail}")
        for aside in logs_put_aside(path):
            self._not_proven.append(f"what is in {aside.name}, which was put aside")

    def _cosigned(self, note: bytes | None) -> LogMark | None:
        """Return what the hub has cosigned, by its key and the log's."""
        keys = self._keys
        if note is None or not keys.hub:
            self._not_proven.append("what the hub holds: there is no cosignature, or no trust to check it by")
            return None
        try:
            epoch = told_epoch(note, site=keys.site, log=keys.controller)
            told = open_checkpoint(note, keys.log, origin=origin_of(keys.site, keys.controller, epoch))
            at = _time_of(note, keys.hub)
        except (Refused, UnicodeDecodeError) as error:
            raise _Broken(f"the cosigned checkpoint is not by the log's and the hub's keys: {error}") from error
        if epoch == self._head.epoch:
            self._cosigned_size, self._cosigned_at = told.size, at
        elif epoch < self._head.epoch:
            self._not_proven.append(
                f"what the hub holds of epoch {self._head.epoch}: it has cosigned {epoch}, before it"
            )
        return LogMark(epoch, told.size, told.root)

    def _read(self, connection: sqlite3.Connection, sizes: set[int]) -> dict[int, bytes]:
        """Check every record; return the roots at these sizes and at the end."""
        head = self._head
        tree = tree_from(head.first, head.before)
        roots = {tree.size: tree.root}
        while tree.size < head.size:
            began, end = tree.size, min(tree.size + CHUNK_RECORDS, head.size)
            for row in connection.execute(_ROWS, (began, end)).fetchall():
                tree = self._follow(tree, row)
                if tree.size in sizes or tree.size == head.size:
                    roots[tree.size] = tree.root
            if tree.size != end:
                raise _Broken(f"record {tree.size} is missing")
            self._tell(end - began)
        return roots

    def _follow(self, tree: Tree, row: _Row) -> Tree:
        """Check the next record; return the tree with it."""
        seq, data, checkpoint, salt, subject = row
        if seq != tree.size:
            raise _Broken(f"record {tree.size} is missing")
        try:
            leaf = read_leaf(data)
        except (Refused, TypeError) as error:
            raise _Broken(f"record {seq} cannot be read") from error
        if (leaf.controller, leaf.epoch, leaf.seq) != (self._keys.controller, self._head.epoch, seq):
            raise _Broken(f"record {seq} is of another place")
        if salt is not None and subject is not None and not _opens(Opening(seq, salt, subject), leaf):
            raise _Broken(f"the opening of record {seq} names somebody else than its record")
        tree = tree.append(data)
        if checkpoint is not None and text_of(checkpoint) != self._text_at(tree):
            raise _Broken(f"the checkpoint after record {seq} is of other records")
        return tree

    def _text_at(self, tree: Tree) -> bytes:
        origin = origin_of(self._keys.site, self._keys.controller, self._head.epoch)
        return checkpoint_text(Checkpoint(origin, tree.size, tree.root))

    def _check_head(self, root: bytes) -> None:
        """Compare what was computed with what is stored and signed."""
        head, keys = self._head, self._keys
        try:
            told = open_checkpoint(
                head.checkpoint, keys.log, origin=origin_of(keys.site, keys.controller, head.epoch)
            )
        except Refused as refusal:
            raise _Broken(f"the newest checkpoint is not signed by the log's key: {refusal}") from refusal
        if (head.root, told.root, told.size) != (root, root, head.size):
            raise _Broken(f"the records lead to another root than the checkpoint's at {head.size}")
        if tree_from(head.size, head.frontier).root != root:
            raise _Broken("the frontier does not belong to the records")
        count = head.size - head.first
        self._proven.append(f"{count} records from {head.first} on lead to the signed checkpoint at {head.size}")


def _time_of(note: bytes, hub: Sequence[Verifier]) -> int:
    """Return when one of these keys has cosigned. Raises Refused, by the last of them."""
    *others, last = hub
    for verifier in others:
        with suppress(Refused):
            return open_cosignature(note, verifier).at
    return open_cosignature(note, last).at


def _opens(opening: Opening, leaf: Leaf) -> bool:
    """Answer whether an opening fits its record; one that was wiped opens nothing."""
    return opening.subject.startswith(WIPED) or opening.commitment == leaf.subject


def _note_in(path: Path) -> bytes | None:
    with suppress(OSError):
        return path.read_bytes()
    return None
