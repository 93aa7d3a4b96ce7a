"""The hub's cosignatures: for each log epoch the newest checkpoint that it vouched for, with the time.

A checkpoint of what is held already is cosigned anew only for a controller that names the time of the newest
cosignature: it has that one, so it is alive. Whoever repeats an old batch does not make silence look like news.
"""

import sqlite3
from dataclasses import dataclass

from doorctl.audit.cosignature import cosign, cosigner_key_hash
from doorctl.hub.log_store import LogId
from doorctl.wire.notes import Signer, signatures_of

_FIND = """
SELECT note, at, hub_epoch, hub_seq, recorded_size FROM cosignatures WHERE controller = ? AND log_epoch = ?
"""
_SET = """
INSERT OR REPLACE INTO cosignatures (controller, log_epoch, note, at, hub_epoch, hub_seq, recorded_size)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the hub's own log last says how far a log is held: that record's place, and the size that it tells."""

    hub_epoch: int
    hub_seq: int
    size: int


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with the hub's cosignature, its time in seconds since 1970, and the record of it."""

    note: bytes
    at: int
    recorded: Recorded

    def line_for(self, checkpoint: bytes) -> str:
        """Return the cosignature's line if this is the checkpoint that it stands under, else nothing."""
        return self.note[len(checkpoint) :].decode() if self.note.startswith(checkpoint) else ""

    def is_by(self, signer: Signer) -> bool:
        """Tell whether this key made it, not one that the hub had before."""
        own = (signer.name, cosigner_key_hash(signer.verifier))
        return any((name, key_hash) == own for name, key_hash, _ in signatures_of(self.note)[1])


def newest_cosigned(connection: sqlite3.Connection, log: LogId) -> Cosigned | None:
    """Return the newest checkpoint of a log that was cosigned."""
    row = connection.execute(_FIND, (log.controller, log.log_epoch)).fetchone()
    return None if row is None else Cosigned(bytes(row[0]), row[1], Recorded(*row[2:]))


def cosign_anew(
    connection: sqlite3.Connection, log: LogId, checkpoint: bytes, signer: Signer, *, recorded: Recorded, at: int
) -> Cosigned:
    """Cosign a checkpoint of all that is held, and keep it; in the caller's transaction."""
    note = cosign(checkpoint, signer, at=at)
    told = (log.controller, log.log_epoch, note, at, recorded.hub_epoch, recorded.hub_seq, recorded.size)
    connection.execute(_SET, told)
    return Cosigned(note, at, recorded)
