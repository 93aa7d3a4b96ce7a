"""The least that could be done with a snapshot's rows: one ``executemany`` after the other into the same tables.

``python -m benchmarks.plain_insert FOLDER FILE`` does it in one transaction, with enough cache for every index and
without checking references, and says how many seconds of CPU time that took; unpacking the rows is not in it.
"""

import sys
import time
from pathlib import Path

from benchmarks.chunk_file import SITE, payloads, read_contents
from benchmarks.far_end import say
from doorctl.database import open_writer
from doorctl.policy.schema import migrate
from doorctl.policy.snapshot import rows_in
from doorctl.wire.notes import detach_data

CACHE_KIB = 1024 * 1024


def main(folder: str, file: str) -> None:
    """Insert the rows of this file into a new database in this folder."""
    connection = open_writer(Path(folder) / "plain.db", cache_kib=CACHE_KIB)
    migrate(connection, site=SITE)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN")
    seconds = 0.0
    for payload in payloads(Path(file), read_contents(Path(file))):
        piece = rows_in(detach_data(payload)[1])
        columns = ", ".join(f'"{field}"' for field in piece.row_type.__struct_fields__)
        marks = ", ".join("?" for _ in piece.columns)
        insert = f"INSERT INTO {piece.row_type.table} ({columns}) VALUES ({marks})"
        rows = list(zip(*piece.columns, strict=True))
        started_at = time.process_time()
        connection.executemany(insert, rows)
        seconds += time.process_time() - started_at
    started_at = time.process_time()
    connection.execute("COMMIT")
    connection.close()
    say(repr(seconds + time.process_time() - started_at))


if __name__ == "__main__":
    main(*sys.argv[1:])
