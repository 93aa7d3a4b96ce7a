"""What a keeper itself reads in the policy that it keeps for the doors."""

import sqlite3
from dataclasses import dataclass

from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import CardRingRow, SuspendedAdminRow
from doorctl.policy.withheld import is_understood_now, withheld_count


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy asks of its keeper."""

    withheld: int
    """Changes that are kept aside for a higher feature level."""
    is_outgrown: bool
    """Whether some of them are understood by now: then the policy must be fetched anew."""
    max_age_seconds: int | None
    """The smallest age that makes a zone deny."""
    ring_keys: int
    """With how many keys of the ring its credential keys are made."""


NO_TERMS = Terms(withheld=0, is_outgrown=False, max_age_seconds=None, ring_keys=1)


def terms_of(connection: sqlite3.Connection, *, site: str, level: int) -> Terms:
    """Read the terms of what is committed. Raises sqlite3.Error, ValueError."""
    (max_age_seconds,) = connection.execute("SELECT min(max_age_seconds) FROM zones").fetchone()
    rings = rows_where(connection, CardRingRow, id=site)
    return Terms(
        withheld=withheld_count(connection),
        is_outgrown=is_understood_now(connection, level=level),
        max_age_seconds=max_age_seconds,
        ring_keys=rings[0].keys if rings else 1,
    )


def is_suspended(connection: sqlite3.Connection, admin: str) -> bool:
    """Answer whether an officer has suspended this admin. Raises sqlite3.Error, ValueError."""
    return find_row(connection, SuspendedAdminRow(id=admin)) is not None
