"""Commands that take rights away and come while the hub is behind: kept durably, and carried out right after.

1. What is kept was checked as any command is: signed, fresh, allowed to its admin, with its own private part.
2. It stands under its admin and its id, so many for each admin: no courier and no admin fills the place of others.
3. It waits as long as it takes, and leaves in the transaction that remembers what became of it.
"""

import sqlite3
from dataclasses import dataclass

from doorctl.errors import Refused
from doorctl.hub.authority import SignedCommand
from doorctl.wire.commands import Command
from doorctl.wire.notes import attach

MOST_KEPT = 1000
"""So many wait for each admin."""

_KEEP = "INSERT OR IGNORE INTO kept_reductions (admin, command, payload, at) VALUES (?, ?, ?, ?)"
_HOLDS = "SELECT 1 FROM kept_reductions WHERE admin = ? AND command = ?"
_COUNT = "SELECT count(*) FROM kept_reductions WHERE admin = ?"


@dataclass(frozen=True, slots=True)
class Kept:
    """A reduction that waits: at which place, whose, and as it came."""

    position: int
    admin: str
    payload: bytes


class KeptReductions:
    """What waits until the hub has its changes back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Go on with what was kept before the hub stopped."""
        self._connection = connection

    def __len__(self) -> int:
        """How many wait."""
        return int(self._connection.execute("SELECT count(*) FROM kept_reductions").fetchone()[0])

    def keep(self, request: SignedCommand, *, at: int) -> None:
        """Keep a command that was checked; a repeat changes nothing. Raises Refused ``hub-behind``: too many wait."""
        admin = request.command.admin
        (count,) = self._connection.execute(_COUNT, (admin,)).fetchone()
        if count >= MOST_KEPT:
            raise Refused("hub-behind", f"{count} of your commands wait already until the hub has its changes back")
        self._connection.execute(_KEEP, (admin, request.command.id, attach(request.note, request.sealed), at))

    def holds(self, command: Command) -> bool:
        """Tell whether a command waits."""
        return self._connection.execute(_HOLDS, (command.admin, command.id)).fetchone() is not None

    def all(self) -> list[Kept]:
        """Return what was kept, the oldest first."""
        rows = self._connection.execute("SELECT position, admin, payload FROM kept_reductions ORDER BY position")
        return [Kept(position, admin, bytes(payload)) for position, admin, payload in rows]

    def forget(self, kept: Kept) -> None:
        """Forget what was kept; the caller's transaction is that of what became of it."""
        self._connection.execute("DELETE FROM kept_reductions WHERE position = ?", (kept.position,))
