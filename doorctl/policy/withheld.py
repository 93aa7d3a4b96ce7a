"""Changes that a policy keeps aside: of a feature level above ours, or resting on one that is.

Their zones (a JSON list, ``["*"]`` for all) are denied until a doorctl that understands them has fetched the policy
anew.
"""

import sqlite3
from collections.abc import Iterable, Set

import msgspec

from doorctl.policy.needs import EVERYWHERE


def withhold(
    connection: sqlite3.Connection, change: bytes, *, revision: int, needs: int, zones: Iterable[str] | None
) -> None:
    """Keep a change aside, in the caller's transaction; None for the zones: nothing is known, so all are denied."""
    named = [EVERYWHERE] if zones is None else list(zones)
    connection.execute(
        "INSERT INTO withheld_changes (revision, needs, zones, change) VALUES (?, ?, ?, ?)",
        (revision, needs, msgspec.json.encode(named).decode(), change),
    )


def forget_withheld(connection: sqlite3.Connection, holders: Set[str]) -> None:
    """Keep nothing of the changes that name one of these holders, but that they were kept aside.

    What they say is not needed any more: whoever understands them fetches the policy anew.
    """
    changes = connection.execute("SELECT revision, change FROM withheld_changes").fetchall()
    naming = [(number,) for number, change in changes if any(f'"{holder}"'.encode() in change for holder in holders)]
    connection.executemany("UPDATE withheld_changes SET change = x'' WHERE revision = ?", naming)


def withheld_count(connection: sqlite3.Connection) -> int:
    """Return how many changes are kept aside."""
    return int(connection.execute("SELECT count(*) FROM withheld_changes").fetchone()[0])


def highest_need(connection: sqlite3.Connection) -> int | None:
    """Return the highest feature level that a change kept aside needs, None while there is none."""
    need: int | None = connection.execute("SELECT max(needs) FROM withheld_changes").fetchone()[0]
    return need


def is_understood_now(connection: sqlite3.Connection, *, level: int) -> bool:
    """Answer whether a change is kept aside that this feature level understands."""
    found = connection.execute("SELECT 1 FROM withheld_changes WHERE needs <= ? LIMIT 1", (level,)).fetchone()
    return found is not None
