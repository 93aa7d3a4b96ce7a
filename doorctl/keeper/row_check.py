"""A look at every row of a policy: a few at a time, from one snapshot, beside whatever is applied meanwhile."""

import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from doorctl.database import UNREADABLE, open_reader
from doorctl.policy.apply import digests_of, position_of
from doorctl.policy.digest import add_digests
from doorctl.policy.gathered import each_is_true
from doorctl.policy.rows import ROW_TYPES

_NO_SHARE = 0
ROWS_PER_STEP = 250
"""A few milliseconds on a small computer: 100,000 people with a card each take a minute of a keeper's turns.

One step is longer, where SQLite compares a table with its indexes: a microsecond for each row, five on a small one.
"""


class RowCheck:
    """Tells whether rows are those of the policy's position, and indexes and what is gathered as the rows say."""

    def __init__(self, path: Path) -> None:
        """Begin with what is committed now. Raises what a damaged file raises."""
        self._connection = open_reader(path)
        try:
            self._connection.execute("BEGIN")
            self._awaited = position_of(self._connection).digest
        except UNREADABLE:
            self._connection.close()
            raise
        self._shares = _shares(self._connection)
        self._digest = 0

    def step(self) -> bool | None:
        """Look at some more rows; None until all were seen. Raises what a damaged file raises."""
        shares = list(islice(self._shares, ROWS_PER_STEP))
        self._digest = add_digests(self._digest, added=shares)
        return None if len(shares) == ROWS_PER_STEP else self._digest == self._awaited

    def close(self) -> None:
        """Let go of the snapshot."""
        self._connection.close()


def _shares(connection: sqlite3.Connection) -> Iterator[int]:
    for row_type in ROW_TYPES:
        (verdict,) = connection.execute(f"PRAGMA integrity_check('{row_type.table}')").fetchone()
        if verdict != "ok":
            raise ValueError(verdict)
        yield from digests_of(connection, row_type)
    for is_true in each_is_true(connection):
        if not is_true:
            raise ValueError("what is gathered of somebody is not what the rows say")
        yield _NO_SHARE
