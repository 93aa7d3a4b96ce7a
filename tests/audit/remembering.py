"""Logs of doors that remember something."""

import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from doorctl.audit.leaf import Draft
from doorctl.audit.state import (
    OrderAnswered,
    Remembered,
    RosterAccepted,
)
from doorctl.wire.roster import RosterVersion
from tests.audit.logs import a_draft, a_log

DONE = OrderAnswered("0" * 32, "done")


def telling(what: Remembered) -> Draft:
    return replace(a_draft(), remembered=(what,))


def a_log_with_tables(path: Path) -> None:
    with closing(a_log(path)) as log:
        log.append([a_draft()])


def a_log_that_remembers(path: Path) -> None:
    with closing(a_log(path)) as log:
        log.append([telling(DONE), telling(RosterAccepted("vault", RosterVersion(7, "a")))])


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
