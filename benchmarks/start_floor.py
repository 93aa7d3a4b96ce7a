"""The least that any start costs: Python, sqlite3, and one row on disk."""

import subprocess
import sys
import time
from pathlib import Path

_PROGRAM = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = FULL")
connection.execute("CREATE TABLE IF NOT EXISTS rows (content BLOB)")
connection.execute("INSERT INTO rows (content) VALUES (randomblob(500))")
print(time.monotonic())
"""


def seconds_to_a_row(database: Path) -> float:
    """Start such a program; return the seconds until its row was committed."""
    started_at = time.monotonic()
    done = subprocess.run([sys.executable, "-c", _PROGRAM, database], check=True, capture_output=True, text=True)
    return float(done.stdout) - started_at
