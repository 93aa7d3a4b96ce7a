"""Commands that take rights away and come while the hub is behind: kept durably, and carried out right after."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from doorctl.errors import Refused
from doorctl.hub.authority import authenticate, check_expiry
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.roles import is_reduction
from doorctl.hub.roll import Roll
from doorctl.hub.stored_answers import newest_forgotten
from doorctl.keys import Identity
from doorctl.messages import Response
from doorctl.topics import Address, Channel

MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A reduction that waits: whose, as it came, and when it came."""

    admin: str
    payload: bytes
    at: int


class KeptReductions:
    """What waits until the hub has its changes back."""

    def __init__(self, connection: sqlite3.Connection, identity: Identity, roll: Roll) -> None:
        """Go on with what was kept before the hub stopped."""
        self._connection = connection
        self._identity = identity
        self._roll = roll

    def admit(self, admin: str, payload: bytes, at: datetime) -> Outgoing | None:
        """Keep a command that takes away, and say so; None for any other. Raises Refused as a command is."""
        trust, seconds = self._roll.trust, int(at.timestamp())
        command = authenticate(payload, topic_admin=admin, admins=trust.admins, site=trust.site).command
        if not is_reduction(command.do):
            return None
        check_expiry(command, at=seconds, newest_forgotten=newest_forgotten(self._connection))
        self._keep(Kept(admin, payload, seconds))
        response = Response(
            site=trust.site,
            admin=admin,
            command=command.id,
            verdict="accepted",
            text="kept: it is carried out as soon as the hub has its newest changes back",
        )
        return Outgoing(Address(Channel.RESPONSE, admin), signed(self._identity, response))

    def all(self) -> list[Kept]:
        """Return what was kept, the oldest first."""
        rows = self._connection.execute("SELECT admin, payload, at FROM kept_reductions ORDER BY position")
        return [Kept(admin, bytes(payload), at) for admin, payload, at in rows]

    def forget(self, kept: Kept) -> None:
        """Forget what was kept: what became of it is remembered with the answers."""
        self._connection.execute("DELETE FROM kept_reductions WHERE payload = ?", (kept.payload,))

    def _keep(self, kept: Kept) -> None:
        (count,) = self._connection.execute("SELECT count(*) FROM kept_reductions").fetchone()
        if count >= MOST_KEPT:
            raise Refused("hub-behind", f"{count} commands wait already until the hub has its changes back")
        self._connection.execute(
            "INSERT OR IGNORE INTO kept_reductions (admin, payload, at) VALUES (?, ?, ?)",
            (kept.admin, kept.payload, kept.at),
        )
