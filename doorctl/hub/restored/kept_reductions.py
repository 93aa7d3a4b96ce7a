"""Commands that take rights away and come while the hub is behind: kept durably, and carried out right after.

1. What is kept was checked as any command is: signed, fresh, allowed to its admin, with its own private part. That
   part is kept as it was opened: the hub may have other keys by then.
2. It stands under its admin and its id, so many for each admin: no courier and no admin fills the place of others.
3. It waits as long as it takes, and leaves in the transaction that remembers what became of it.
4. An admin who will be suspended by it, and a zone that will be locked down, are so already for all that comes after.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from doorctl.errors import Refused
from doorctl.hub.history import Operation
from doorctl.hub.rights.authority import SignedCommand
from doorctl.policy.rows import LockdownRow, SuspendedAdminRow
from doorctl.wire.commands import Command, Private
from doorctl.wire.messages import Put
from doorctl.wire.notes import attach

MOST_KEPT = 1000
"""So many wait for each admin."""

_KEEP = """
INSERT OR IGNORE INTO kept_reductions (admin, command, payload, at, private, suspends, locks)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_HOLDS = "SELECT 1 FROM kept_reductions WHERE admin = ? AND command = ?"
_COUNT = "SELECT count(*) FROM kept_reductions WHERE admin = ?"


@dataclass(frozen=True, slots=True)
class Kept:
    """A reduction that waits: at which place, whose, as it came, and its private part as it was opened."""

    position: int
    admin: str
    payload: bytes
    private: Private | None


def admins_to_suspend(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the admins whom a kept command suspends."""
    return frozenset(
        it for (it,) in connection.execute("SELECT suspends FROM kept_reductions WHERE suspends NOT NULL")
    )


def zones_to_lock_down(connection: sqlite3.Connection) -> frozenset[str]:
    """Return what a kept command locks down: zones, and ``EVERYWHERE`` for every one of them."""
    return frozenset(it for (it,) in connection.execute("SELECT locks FROM kept_reductions WHERE locks NOT NULL"))


class KeptReductions:
    """What waits until the hub has its changes back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Go on with what was kept before the hub stopped."""
        self._connection = connection

    def __len__(self) -> int:
        """How many wait."""
        return int(self._connection.execute("SELECT count(*) FROM kept_reductions").fetchone()[0])

    def keep(
        self, request: SignedCommand, private: Private | None, operations: Sequence[Operation], *, at: int
    ) -> None:
        """Keep a command that was checked, with what it does as far as can be told yet; a repeat changes nothing.

        Raises Refused ``hub-behind``: too many wait.
        """
        command = request.command
        admin, rows = command.admin, [each.row for each in operations if isinstance(each, Put)]
        (count,) = self._connection.execute(_COUNT, (admin,)).fetchone()
        if count >= MOST_KEPT:
            raise Refused("hub-behind", f"{count} of your commands wait already until the hub has its changes back")
        opened = None if private is None else msgspec.json.encode(private)
        suspends = next((row.id for row in rows if isinstance(row, SuspendedAdminRow)), None)
        locks = next((row.scope for row in rows if isinstance(row, LockdownRow)), None)
        payload = attach(request.note, request.sealed)
        self._connection.execute(_KEEP, (admin, command.id, payload, at, opened, suspends, locks))

    def holds(self, command: Command) -> bool:
        """Tell whether a command waits."""
        return self._connection.execute(_HOLDS, (command.admin, command.id)).fetchone() is not None

    def all(self) -> list[Kept]:
        """Return what was kept, the oldest first."""
        rows = self._connection.execute(
            "SELECT position, admin, payload, private FROM kept_reductions ORDER BY position"
        )
        return [Kept(position, admin, bytes(payload), _opened(private)) for position, admin, payload, private in rows]

    def forget(self, kept: Kept) -> None:
        """Forget what was kept; the caller's transaction is that of what became of it."""
        self._connection.execute("DELETE FROM kept_reductions WHERE position = ?", (kept.position,))


def _opened(private: bytes | None) -> Private | None:
    return None if private is None else msgspec.json.decode(private, type=Private)
