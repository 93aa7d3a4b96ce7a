"""The hub's own log: what admins did, what was taken in from controllers, and what became of the log itself.

It lies in site.db under the name ``hub``, in the tables of the controllers' logs. A record is written in the very
transaction of what it tells: a commit that fails leaves neither. Nothing of it is held in memory.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from doorctl.audit.checkpoint import (
    HUB_LOG,
    Checkpoint,
    checkpoint_text,
    open_checkpoint,
    origin_of,
    sign_checkpoint,
    told_epoch,
)
from doorctl.audit.leaf import (
    LEAF_VERSION,
    MAX_DETAIL,
    Act,
    Leaf,
    Opening,
    TreeMark,
    leaf_bytes,
    new_opening,
    read_leaf,
    written,
)
from doorctl.audit.log_time import new_epoch
from doorctl.audit.proofs import NodeAt, Subtree, consistency_proof, grow, subtrees_between, tree_of
from doorctl.audit.tree import Tree
from doorctl.clock import ClockQuality
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.hub.log_store import (
    Head,
    HeldOpening,
    LogId,
    add_nodes,
    add_openings,
    add_records,
    held_tree,
    leaf_hashes,
    newest_head,
    nodes_of,
    set_head,
)
from doorctl.wire.notes import Signer, Verifier

_LAST = "SELECT max(seq) FROM records WHERE controller = ? AND log_epoch = ?"
_LAST_EPOCH = "SELECT max(log_epoch) FROM log_heads WHERE controller = ?"
_NEXT_BEGINNING = """
SELECT kind FROM records WHERE controller = ? AND log_epoch > ? AND seq = 0 ORDER BY log_epoch LIMIT 1
"""
_DAY_SECONDS = 86_400
_NEWEST_AT = "SELECT at FROM records WHERE controller = ? ORDER BY log_epoch DESC, seq DESC LIMIT 1"
_NEWEST_BOOT = """
SELECT leaf FROM records WHERE controller = ? AND kind = ? ORDER BY log_epoch DESC, seq DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class RecordClock:
    """What a record says beside its time: which start of the computer, milliseconds since, how good the time is."""

    boot: str
    mono_ms: Callable[[], int]
    quality: Callable[[], ClockQuality]


NO_CLOCK = RecordClock("unknown", lambda: 0, lambda: ClockQuality.UNSYNCHRONIZED)
"""For a hub that nobody has given a clock."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What a record says of one person, kept in an opening: one line of JSON that names the holder."""

    holder: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to be written: what it says, whom it is about, and what an act changed about persons."""

    kind: RecordKind
    detail: str = ""
    door: str = ""
    zone: str = ""
    subject: str = ""
    tree: TreeMark | None = None
    act: Act | None = None
    personal: tuple[Personal, ...] = ()


def subject_of(holder: str) -> str:
    """Write whom a record is about as openings do."""
    return f"holder:{holder}"


class OwnLog:
    """The one writer of the hub's log; every method but those that ask is called in a transaction of the caller's."""

    def __init__(
        self, connection: sqlite3.Connection, signer: Signer, *, site: str, clock: RecordClock = NO_CLOCK
    ) -> None:
        """Go on with the log in this database, in the hub's name."""
        self._connection = connection
        self._signer = signer
        self._site = site
        self._clock = clock

    @property
    def head(self) -> Head | None:
        """How far the log goes, and its newest checkpoint; None before its first record, and of a damaged one."""
        head = self._stored_head()
        return head if head is not None and self._is_whole(head) else None

    @property
    def newest_at(self) -> int | None:
        """When the newest record was made, in seconds since 1970; None where none is held."""
        row = self._connection.execute(_NEWEST_AT, (HUB_LOG,)).fetchone()
        return None if row is None else int(row[0])

    def append(self, *entries: Entry, at: float) -> Head:
        """Write records, return how far the log goes then; ``at`` is in seconds since 1970. Raises sqlite3.Error."""
        head = self.head
        if head is None and self._last_epoch():
            self.put_back("its records and its checkpoint do not belong together", at=at)
            head = self.head
        if head is None:
            head = Head(LogId(HUB_LOG, new_epoch(at)), Tree(), b"")
            entries = (Entry(RecordKind.LOG_OPENED), *entries)
        return self._write(head, entries, at)

    def boot(self, *, config: str, at: float) -> None:
        """Record that the hub starts, by the configuration of this hash, and whether that is another than before."""
        told = f"configuration {config}"
        row = self._connection.execute(_NEWEST_BOOT, (HUB_LOG, RecordKind.BOOT)).fetchone()
        is_news = row is not None and read_leaf(bytes(row[0])).detail != told
        changed = [Entry(RecordKind.CONFIG_CHANGED, told)] if is_news else []
        self.append(Entry(RecordKind.BOOT, told), *changed, at=at)

    def begin_anew(self, known: TreeMark | None, why: str, *, at: float) -> None:
        """Begin a new epoch: of the one before, which was ``known`` to go so far, records are lost."""
        last = max(self._last_epoch(), known.epoch if known else 0)
        log = LogId(HUB_LOG, max(new_epoch(at), last + 1))
        self._write(Head(log, Tree(), b""), [Entry(RecordKind.LOG_RECOVERED, why, tree=known)], at)

    def put_back(self, why: str, *, at: float) -> None:
        """Begin a new epoch after what is stored, as of a database that was put back from a copy: more is lost."""
        head = self._stored_head()
        self.begin_anew(None if head is None else self._mark(head), why, at=at)

    def heed(self, note: bytes, verifiers: Iterable[Verifier], *, at: float) -> bool:
        """Begin a new epoch if this checkpoint, which we signed, tells of records that are not held; tell whether.

        Raises Refused where it is not our word.
        """
        epoch, told = self._open_own(note, verifiers)
        if epoch > max(new_epoch(at + _DAY_SECONDS), self._last_epoch()):
            raise Refused("wrong-log", "the checkpoint is of an epoch that cannot have begun yet")
        head = self.head
        if head is not None and (epoch < head.log.log_epoch or self._follows(head, epoch, told)):
            return False
        held = head.tree.size if head is not None and head.log.log_epoch == epoch else 0
        lost = f"{told.size - held} records are lost" if told.size > held else "other records stand in their place"
        self.begin_anew(TreeMark(HUB_LOG, epoch, told.size, told.root.hex()), lost, at=at)
        return True

    def contradicting(self, epoch: int, size: int, root: bytes) -> bytes | None:
        """Return what stands in this log where somebody saw that root, if that is another; None where it fits.

        What a hub that lost records has said to have lost is not contradicted: nobody can tell any more.
        """
        try:
            held = held_tree(self._connection, LogId(HUB_LOG, epoch))
            if size <= held.size:
                ours = tree_of(size, nodes_of(self._connection, LogId(HUB_LOG, epoch))).root
                return None if ours == root else ours
        except (ValueError, TypeError, LookupError):
            return None
        row = self._connection.execute(_NEXT_BEGINNING, (HUB_LOG, epoch)).fetchone()
        return None if row == (RecordKind.LOG_RECOVERED,) else held.root

    def proof_since(self, epoch: int, size: int, *, head: Head | None) -> tuple[str, ...]:
        """Prove that the log only grew to its head since it had this size; empty where that cannot or need not be."""
        if head is None or epoch != head.log.log_epoch or size > head.tree.size:
            return ()
        return tuple(root.hex() for root in consistency_proof(size, head.tree.size, self._node_of(head)))

    def _node_of(self, head: Head) -> NodeAt:
        """Look up nodes, those of the frontier without reading anything."""
        known = dict(zip(subtrees_between(0, head.tree.size), head.tree.frontier, strict=True))
        stored = nodes_of(self._connection, head.log)
        return lambda level, index: known.get(Subtree(level, index)) or stored(level, index)

    def _write(self, head: Head, entries: Sequence[Entry], at: float) -> Head:
        records: list[Leaf] = []
        openings: list[HeldOpening] = []
        for seq, entry in enumerate(entries, head.tree.size):
            record, opened = self._record(entry, head.log, seq, at)
            records.append(record)
            openings += opened
        leaves = [leaf_bytes(record) for record in records]
        tree, nodes = grow(head.tree, leaves)
        checkpoint = sign_checkpoint(Checkpoint(self._origin(head.log), tree.size, tree.root), self._signer)
        add_records(self._connection, head.log, leaves, records, times=[int(at)] * len(leaves))
        add_openings(self._connection, head.log, openings)
        add_nodes(self._connection, head.log, nodes)
        set_head(self._connection, head.log, tree, checkpoint)
        return Head(head.log, tree, checkpoint)

    def _record(self, entry: Entry, log: LogId, seq: int, at: float) -> tuple[Leaf, list[HeldOpening]]:
        opened = _openings(entry, seq)
        leaf = Leaf(
            v=LEAF_VERSION,
            controller=HUB_LOG,
            epoch=log.log_epoch,
            seq=seq,
            boot=self._clock.boot,
            kind=entry.kind,
            at=written(datetime.fromtimestamp(at, UTC)),
            clock=self._clock.quality(),
            mono_ms=self._clock.mono_ms(),
            door=entry.door,
            zone=entry.zone,
            detail=entry.detail[:MAX_DETAIL],
            tree=entry.tree,
            act=entry.act,
            subject="".join(it.commitment for it, _ in opened if it.part == 0),
            personal=tuple(it.commitment for it, _ in opened if it.part),
        )
        return leaf, [_held(it, whom) for it, whom in opened]

    def _stored_head(self) -> Head | None:
        """Return the newest head as it is stored; None where it cannot even be read."""
        try:
            return newest_head(self._connection, HUB_LOG)
        except (ValueError, TypeError):  # a row of other sizes or types than we write
            return None

    def _last_epoch(self) -> int:
        """Return the newest epoch that anything was ever written of; 0 where nothing was."""
        (last,) = self._connection.execute(_LAST_EPOCH, (HUB_LOG,)).fetchone()
        return int(last or 0)

    def _is_whole(self, head: Head) -> bool:
        told = checkpoint_text(Checkpoint(self._origin(head.log), head.tree.size, head.tree.root))
        (last,) = self._connection.execute(_LAST, (HUB_LOG, head.log.log_epoch)).fetchone()
        newest = head.tree.size - 1
        if last is None:
            is_there = bool(leaf_hashes(self._connection, head.log, first=max(0, newest), count=1))
        else:
            is_there = last == newest
        return is_there and head.checkpoint.startswith(told)

    def _follows(self, head: Head, epoch: int, told: Checkpoint) -> bool:
        if epoch != head.log.log_epoch or told.size > head.tree.size:
            return False
        return tree_of(told.size, self._node_of(head)).root == told.root

    def _open_own(self, note: bytes, verifiers: Iterable[Verifier]) -> tuple[int, Checkpoint]:
        epoch = told_epoch(note, site=self._site, log=HUB_LOG)
        origin = origin_of(self._site, HUB_LOG, epoch)
        refusal = Refused("unknown-signer", "no key of this hub has signed the checkpoint")
        for verifier in verifiers:
            try:
                return epoch, open_checkpoint(note, verifier, origin=origin)
            except Refused as error:
                refusal = error
        raise refusal

    def _mark(self, head: Head) -> TreeMark:
        return TreeMark(HUB_LOG, head.log.log_epoch, head.tree.size, head.tree.root.hex())

    def _origin(self, log: LogId) -> str:
        return origin_of(self._site, HUB_LOG, log.log_epoch)


def _openings(entry: Entry, seq: int) -> list[tuple[Opening, str]]:
    """Commit to whom a record is about, and to each personal part; with the subject that each is found by."""
    about = [(new_opening(seq, entry.subject), entry.subject)] if entry.subject else []
    parts = (
        (new_opening(seq, it.text, part=part), subject_of(it.holder)) for part, it in enumerate(entry.personal, 1)
    )
    return [*about, *parts]


def _held(opening: Opening, subject: str) -> HeldOpening:
    text = opening.subject if opening.part else None
    return HeldOpening(opening.seq, opening.part, opening.salt, subject, text)
