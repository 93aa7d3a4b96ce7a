"""One epoch of one log for an exported proof: which stretch of it, its leaves, openings and proofs, from site.db.

What is read is read in windows of numbers, beside the running hub; what retention drops meanwhile is missed.
"""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import msgspec

from doorctl.audit.proofs import NodeAt, consistency_proof, hashes_between, inclusion_proof, tree_of
from doorctl.errors import DoorctlError
from doorctl.hub.exports.record_filter import WITH_SUBJECT, Values, condition_of
from doorctl.hub.log_store import LogId, nodes_of

_WINDOW = 4096
_NODES_KEPT = 16_384
_RECORDS = "FROM records WHERE controller = :controller AND log_epoch = :log_epoch"
_KEPT_FROM = f"SELECT min(seq) {_RECORDS}"
_LAST_BEFORE = f"SELECT max(seq) {_RECORDS} AND seq < :seq AND at < :since"
_FIRST_WITHIN = f"SELECT min(seq) {_RECORDS} AND seq < :size AND at >= :since AND at < :until"
_LAST_WITHIN = f"SELECT max(seq) {_RECORDS} AND seq < :size AND at >= :since AND at < :until"
_FIRST_BEHIND = f"SELECT min(seq) {_RECORDS} AND seq < :size AND seq > :seq AND at >= :until"
_LEAVES = f"SELECT leaf {_RECORDS} AND seq >= :first AND seq < :end ORDER BY seq"
_LEAF = f"SELECT leaf {_RECORDS} AND seq = :seq"
_OPENINGS = """
SELECT seq, part, salt, subject, text FROM openings WHERE controller = :controller AND log_epoch = :log_epoch
AND seq >= :first AND seq < :end AND part <= :parts ORDER BY seq, part
"""
_LATEST = 2**53
_ALL_PARTS = 2**53


class ExportStopped(DoorctlError):
    """The file could not be made as it was asked for."""


class Opened(msgspec.Struct, frozen=True):
    """An opening as a .doorlog has it."""

    seq: int
    part: int
    salt: str
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which leaves of a log: from ``first`` to before ``end``; or, of a filtered export, these numbers."""

    first: int
    end: int
    numbers: Sequence[int] | None = None

    @property
    def count(self) -> int:
        """How many leaves."""
        return self.end - self.first if self.numbers is None else len(self.numbers)


class ExportedLog:
    """An epoch of a log as it stood when the export began. Its methods raise sqlite3.Error and ExportStopped."""

    def __init__(self, connection: sqlite3.Connection, log: LogId, *, size: int, checkpoint: bytes) -> None:
        """Read it from this database, up to this size."""
        self._connection = connection
        self.log, self.size, self.checkpoint = log, size, checkpoint
        self._of = {"controller": log.controller, "log_epoch": log.log_epoch}

    def whole(self) -> Stretch:
        """Return all that is kept."""
        kept = self._number(_KEPT_FROM)
        return Stretch(self.size if kept is None else min(kept, self.size), self.size)

    def range(self, since: int | None, until: int | None) -> Stretch:
        """Return the records within these times (seconds since 1970), with the neighbours that show where it ends."""
        kept, bounds = self.whole(), {"since": since or 0, "until": _LATEST if until is None else until}
        inside = self._number(_FIRST_WITHIN, size=self.size, **bounds)
        before = self._number(_LAST_BEFORE, seq=self.size if inside is None else inside, since=bounds["since"])
        first = kept.first if since is None or before is None else before
        last = self._number(_LAST_WITHIN, size=self.size, **bounds)
        behind = self._number(
            _FIRST_BEHIND, size=self.size, seq=first if last is None else last, until=bounds["until"]
        )
        return Stretch(first, self.size if behind is None else behind + 1)

    def filtered(self, values: Values) -> Stretch:
        """Return the single records that fit."""
        statement = f"""
        SELECT r.seq FROM records AS r {WITH_SUBJECT}
        WHERE r.controller = :controller AND r.log_epoch = :log_epoch AND r.seq >= :first AND r.seq < :end
        AND {condition_of(values)} ORDER BY r.seq
        """  # noqa: S608 - our own words
        numbers, kept = array("Q"), self.whole()
        for first, end in _windows(kept.first, kept.end):
            rows = self._connection.execute(statement, {**self._of, **values, "first": first, "end": end})
            numbers.extend(number for (number,) in rows)
        return Stretch(numbers[0] if numbers else 0, self.size, numbers)

    def leaves(self, stretch: Stretch) -> Iterator[list[bytes]]:
        """Yield the leaves, many at once."""
        if stretch.numbers is None:
            for first, end in _windows(stretch.first, stretch.end):
                rows = self._connection.execute(_LEAVES, {**self._of, "first": first, "end": end}).fetchall()
                yield self._complete([bytes(leaf) for (leaf,) in rows], end - first)
            return
        for number in stretch.numbers:
            rows = self._connection.execute(_LEAF, {**self._of, "seq": number}).fetchall()
            yield self._complete([bytes(leaf) for (leaf,) in rows], 1)

    def openings(self, stretch: Stretch, *, with_persons: bool) -> Iterator[tuple[bytes, str]]:
        """Yield openings as lines, each with its subject; what an act changed about persons only ``with_persons``."""
        parts = _ALL_PARTS if with_persons else 0
        for first, end in self._windows_of(stretch):
            asked = {**self._of, "first": first, "end": end, "parts": parts}
            for seq, part, salt, subject, text in self._connection.execute(_OPENINGS, asked):
                yield msgspec.json.encode(Opened(seq, part, salt.hex(), subject if text is None else text)), subject

    def before(self, stretch: Stretch) -> tuple[bytes, ...]:
        """Return the frontier before the first leaf."""
        return hashes_between(0, stretch.first, self._node)

    def after(self, stretch: Stretch) -> tuple[bytes, ...]:
        """Return what completes the tree behind the last leaf."""
        return hashes_between(stretch.end, self.size, self._node)

    def proofs(self, stretch: Stretch) -> Iterator[bytes]:
        """Yield for each single record its number and its inclusion proof."""
        for number in stretch.numbers or ():
            proof = inclusion_proof(number, self.size, self._node)
            yield b" ".join([b"%d" % number, *(each.hex().encode() for each in proof)])

    def root_at(self, size: int) -> bytes:
        """Return the root of when it had this size."""
        return tree_of(size, self._node).root

    def since(self, size: int) -> list[bytes]:
        """Prove that the log goes on from an earlier size."""
        return consistency_proof(size, self.size, self._node)

    @cached_property
    def _node(self) -> NodeAt:
        return lru_cache(_NODES_KEPT)(nodes_of(self._connection, self.log))

    def _windows_of(self, stretch: Stretch) -> Iterator[tuple[int, int]]:
        if stretch.numbers is None:
            return _windows(stretch.first, stretch.end)
        return ((number, number + 1) for number in stretch.numbers)

    def _number(self, statement: str, **values: int) -> int | None:
        (found,) = self._connection.execute(statement, {**self._of, **values}).fetchone()
        return None if found is None else int(found)

    def _complete(self, leaves: list[bytes], count: int) -> list[bytes]:
        if len(leaves) != count:
            name = f"{self.log.controller}/{self.log.log_epoch}"
            raise ExportStopped(f"records of {name} were dropped while they were taken out: export again")
        return leaves


def _windows(first: int, end: int) -> Iterator[tuple[int, int]]:
    return ((start, min(end, start + _WINDOW)) for start in range(first, end, _WINDOW))
