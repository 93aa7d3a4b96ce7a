"""The databases of a running site, read as of one moment."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from doorctl.audit.tree import Tree
from doorctl.database import open_reader
from doorctl.policy.apply import Position, position_of, recomputed_digest


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A database as of one moment."""
    with closing(open_reader(path, busy_milliseconds=2000)) as connection:
        connection.execute("BEGIN")
        yield connection


def a_tree(rows: Iterable[tuple[int, bytes]]) -> Tree:
    """Grow the tree over the records of a log, which are numbered from nought."""
    tree = Tree()
    for number, (seq, leaf) in enumerate(rows):
        assert seq == number
        tree = tree.append(leaf)
    return tree


def proven_position(path: Path) -> Position:
    """Return how far a policy is, and prove that its digest is that of its rows."""
    with reading(path) as connection:
        position = position_of(connection)
        assert recomputed_digest(connection) == position.digest
        return position
