"""What the hub records of its backups, and of having been put back from one; only then a word of it is removed."""

import sqlite3
from datetime import datetime
from pathlib import Path

from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.errors import SiteUnavailable
from doorctl.hub.backups.news import backups_told, restore_told
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.visits_schema import FORGET_HOSTS


def record_restore(connection: sqlite3.Connection, own: OwnLog, state_dir: Path, at: datetime) -> None:
    """Begin a new epoch of the hub's log if this folder was restored; before anything else is recorded in it.

    Raises SiteUnavailable: a record in the old epoch would begin a second history of it.
    """
    try:
        if (told := restore_told(state_dir)) is None:
            return
        word, restored = told
        with transaction(connection):
            own.put_back("the hub was put back from a backup", at=at.timestamp())
            own.append(Entry(RecordKind.RESTORED, restored.detail), at=at.timestamp())
            for forget in FORGET_HOSTS:
                connection.execute(forget)
        word.unlink(missing_ok=True)
    except (sqlite3.Error, OSError) as error:
        raise SiteUnavailable(
            f"that {state_dir} was restored cannot be recorded ({error}): look at the disk"
        ) from error


def record_backups(connection: sqlite3.Connection, own: OwnLog, state_dir: Path, at: datetime) -> None:
    """Record each backup of which there is word. Raises sqlite3.Error and OSError."""
    for word, made in backups_told(state_dir):
        with transaction(connection):
            own.append(Entry(RecordKind.BACKUP_MADE, made.detail), at=at.timestamp())
        word.unlink(missing_ok=True)
