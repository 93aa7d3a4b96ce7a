"""Where a log begins anew: its first record names the epoch before, or the hub closes that one for it.

No verifier takes an epoch after the first without a word of why it began. A controller that has lost its log, and
all that it knew of it, has no such word: the hub then says how far it holds the epoch before.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from doorctl.audit.leaf import TreeMark
from doorctl.core.records import RecordKind
from doorctl.hub.log_store import Head, LogId, heads_around, held_leaves
from doorctl.hub.own_log import Entry
from doorctl.wire.messages import NOT_STRICT
from doorctl.wire.notes import signatures_of


class _First(msgspec.Struct):
    """What counts of an epoch's first record, which may be of a newer version."""

    kind: str
    tree: TreeMark | None = None


_first = msgspec.json.Decoder(_First)


def ended_unsaid(connection: sqlite3.Connection, log: LogId) -> list[tuple[Head, Head]]:
    """Return the epochs of which the next one does not tell, each with that one, around one that has just begun."""
    return [
        (before, after)
        for before, after in pairwise(heads_around(connection, log))
        if any(not _names(first, before.log) for first in held_leaves(connection, after.log, first=0, count=1))
    ]


def closing(heads: Iterable[Head]) -> Iterator[Entry]:
    """Yield the records that say how far logs are held that end here."""
    for head in heads:
        mark = TreeMark(head.log.controller, head.log.log_epoch, head.tree.size, head.tree.root.hex())
        yield Entry(RecordKind.LOG_CLOSED, tree=mark)


def is_by_one_key(before: Head, after: Head) -> bool:
    """Tell whether the same door key signed both; where trust gave another one, it closed the log before."""
    one, other = ([key for _, key, _ in signatures_of(head.checkpoint)[1]] for head in (before, after))
    return one == other


def _names(leaf: bytes, before: LogId) -> bool:
    """Tell whether an epoch's first record says that this one, or one since that the hub never saw, has ended."""
    try:
        first = _first.decode(leaf)
    except NOT_STRICT:
        return False
    tree = first.tree
    is_named = tree is not None and tree.log == before.controller and tree.epoch >= before.log_epoch
    return first.kind == RecordKind.LOG_RECOVERED and is_named
