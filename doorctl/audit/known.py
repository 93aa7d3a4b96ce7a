"""What is known of a log from outside of its file: by its anchor, and by what the hub says that it holds."""

import sqlite3

from doorctl.audit.anchor import AnchorWriter, LogMark
from doorctl.audit.losses import Loss, loss_of

_LAST_EPOCH = (1 << 53) - (1 << 20)
"""Beyond it hardly any later one is left: who names such an epoch wants to end our log."""
_READ_HELD = "SELECT epoch, size, root FROM state_hub"
_PUT_HELD = (
    "INSERT INTO state_hub (id, epoch, size, root) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
    "SET epoch = excluded.epoch, size = excluded.size, root = excluded.root"
)


class Known:
    """Both, as they come; the hub's word is written beside the next records, and outlasts a restart."""

    def __init__(self, anchor: AnchorWriter) -> None:
        """Begin with what the anchor says."""
        self._anchor = anchor
        self._held: LogMark | None = None
        self._is_owed = False

    def held_of(self, epoch: int) -> int:
        """Return how many records of an epoch the hub holds, as far as it is known."""
        return self._held.size if self._held is not None and self._held.epoch == epoch else 0

    def take(self, held: LogMark) -> None:
        """The hub holds this, by its signed word; it may hold less than before."""
        if held != self._held and held.epoch <= _LAST_EPOCH:
            self._held, self._is_owed = held, True

    def newest(self) -> LogMark | None:
        """Return the highest mark of both."""
        return max(self._marks(), key=lambda mark: mark.order, default=None)

    def loss(self, connection: sqlite3.Connection, here: LogMark) -> Loss | None:
        """Say what a log lacks of it, None if nothing. Raises sqlite3.Error."""
        losses = (loss_of(connection, here, mark) for mark in self._marks())
        return next((loss for loss in losses if loss is not None), None)

    def _marks(self) -> list[LogMark]:
        return [mark for mark in (self._anchor.read(), self._held) if mark is not None and mark.size]

    def go_on_from(self, connection: sqlite3.Connection) -> None:
        """A log was opened: take what it remembers, unless the hub has spoken since. Raises sqlite3.Error."""
        row = connection.execute(_READ_HELD).fetchone()
        if row is not None and self._held is None:
            self._held = LogMark(*row)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the hub's word in the caller's transaction. Raises sqlite3.Error."""
        if self._is_owed and self._held is not None:
            connection.execute(_PUT_HELD, (self._held.epoch, self._held.size, self._held.root))

    def committed(self, here: LogMark) -> None:
        """That transaction is on disk, and the log is this long: the anchor shall say so."""
        self._is_owed = False
        self._anchor.note(here)

    def close(self) -> None:
        """Write the anchor, if it waits."""
        self._anchor.close()
