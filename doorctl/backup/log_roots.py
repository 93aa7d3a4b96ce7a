"""Whether the logs in a site.db are whole: no record missing, and each log's records lead to its root."""

import sqlite3
from typing import NamedTuple

from doorctl.audit.tree import Tree, tree_from
from doorctl.errors import Refused

SEGMENT = 4096
"""Retention drops records in whole segments of so many, from the beginning of an epoch (docs/audit-log.md)."""

_HEADS = "SELECT controller, log_epoch, size, frontier FROM log_heads ORDER BY controller, log_epoch"
_LEAVES = "SELECT seq, leaf FROM records WHERE controller = ? AND log_epoch = ? ORDER BY seq"


class _Head(NamedTuple):
    """How far one epoch of a log is held."""

    controller: str
    log_epoch: int
    size: int
    frontier: bytes

    def damaged(self, why: str) -> Refused:
        return Refused("log-damaged", f"the log of {self.controller}, epoch {self.log_epoch}, is not whole: {why}")


def check_logs(connection: sqlite3.Connection) -> int:
    """Check every log; return how many records they hold. Raises Refused ``log-damaged`` and sqlite3.Error.

    Of a log whose beginning was dropped by retention only the numbers are checked: its tree needs what is gone.
    """
    heads = [_Head(*row) for row in connection.execute(_HEADS)]
    return sum(_check_log(connection, head) for head in heads)


def _check_log(connection: sqlite3.Connection, head: _Head) -> int:
    first: int | None = None
    count, tree = 0, Tree()
    for seq, leaf in connection.execute(_LEAVES, (head.controller, head.log_epoch)):
        first = seq if first is None else first
        if seq != first + count:
            raise head.damaged(f"record {first + count} is missing")
        if first == 0:
            tree = tree.append(leaf)
        count += 1
    begins_at = head.size if first is None else first
    if begins_at % SEGMENT:
        raise head.damaged(f"it begins behind record {begins_at - 1}")
    if begins_at + count != head.size:
        raise head.damaged(f"it ends at record {begins_at + count} of {head.size}")
    if begins_at == 0 and tree.root != tree_from(head.size, head.frontier).root:
        raise head.damaged("its records do not lead to its root")
    return count
