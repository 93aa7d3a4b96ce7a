"""What a log tells of time: its epochs' numbers rise with the clock, its newest record says when it was written."""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from doorctl.audit.leaf import Draft, read_leaf
from doorctl.database import UNREADABLE, open_reader
from doorctl.errors import Refused

_SECONDS_BITS, _RANDOM_BITS = 33, 20


def new_epoch(at: float) -> int:
    """Number a log epoch that begins at this time: its seconds since 1970, then random bits, below 2**53.

    Epochs rise with the clock; two that a clock without a battery lets begin in the same second differ all the same.
    """
    return (int(at) % (1 << _SECONDS_BITS)) << _RANDOM_BITS | int.from_bytes(os.urandom(3)) >> 24 - _RANDOM_BITS


def newest_record_time(path: Path) -> datetime | None:
    """Return the time of the newest record in an audit.db, None when there is none to be read."""
    try:
        with closing(open_reader(path)) as connection:
            row = connection.execute("SELECT leaf FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        at = datetime.fromisoformat(read_leaf(row[0]).at)
    except (*UNREADABLE, MemoryError, Refused):
        return None
    return at if at.tzinfo is not None else None


def at_the_time_of(drafts: Sequence[Draft], own: Draft) -> Draft:
    """Date what the log says of itself by the record that made it open, if one did, which stands behind it."""
    if not drafts:
        return own
    said = drafts[0].statement
    return Draft(msgspec.structs.replace(own.statement, at=said.at, mono_ms=said.mono_ms), own.subject)
