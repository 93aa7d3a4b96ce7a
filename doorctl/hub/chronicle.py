"""What the hub records of its own life: that it starts and stops, by which configuration, and under which trust."""

import sqlite3
from datetime import datetime

from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.trust_history import hold_trust
from doorctl.trust.verify import SignedTrust


class Chronicle:
    """Writes it down, each in a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection, own: OwnLog) -> None:
        """Write into the hub's own log."""
        self._connection = connection
        self._own = own

    def begin(self, trust: SignedTrust, at: datetime, *, config: str) -> None:
        """Record that the hub starts, by the configuration of this hash. Raises sqlite3.Error."""
        with transaction(self._connection):
            self._own.boot(config=config, at=at.timestamp())
            hold_trust(self._connection, self._own, trust, at=at.timestamp())

    def take_trust(self, trust: SignedTrust, at: datetime) -> None:
        """Keep and record other trust. Raises sqlite3.Error."""
        with transaction(self._connection):
            hold_trust(self._connection, self._own, trust, at=at.timestamp())

    def end(self, at: datetime) -> None:
        """Record that the hub stops in good order. Raises sqlite3.Error."""
        with transaction(self._connection):
            self._own.append(Entry(RecordKind.STOP), at=at.timestamp())
