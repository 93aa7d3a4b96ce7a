"""The newest checkpoint of our log under which the hub has set its cosignature, as a file for whoever checks the log.

1. A cosignature counts for the checkpoint of just the size that its acknowledgement speaks of, as our log holds it.
2. It is one line, by the hub that trust names, of no time beyond ours by more than ``AHEAD_SECONDS``.
3. The file only goes forward: by epoch, then size, then time. An old acknowledgement changes nothing.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from doorctl.audit.checkpoint import told_epoch
from doorctl.audit.cosignature import open_cosignature
from doorctl.durable import replace_file
from doorctl.errors import Refused
from doorctl.journal import Level, say
from doorctl.trust.note import HubKeys
from doorctl.wire.messages import LogAck
from doorctl.wire.notes import Verifier, signatures_of

AHEAD_SECONDS = 300
WRITE_SECONDS = 60.0
_STAMP_BYTES = 8 + 64


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How far a cosigned checkpoint goes; ``at`` in seconds since 1970."""

    epoch: int = 0
    size: int = 0
    at: int = 0


class CosignedNote:
    """The file; ``newest`` is how far it goes, or will with its next write."""

    def __init__(self, path: Path, *, site: str, log: str) -> None:
        """Go on from the file, which is our own; one that is none is as one that is not there."""
        self._path = path
        self._note = b""
        self._write_at = -math.inf
        self.newest = _load(path, site=site, log=log)

    def at(self, epoch: int) -> int:
        """Return the time of the newest cosignature of an epoch, in seconds since 1970; 0 for none."""
        return self.newest.at if self.newest.epoch == epoch else 0

    def take(self, ack: LogAck, checkpoint: bytes, hub: HubKeys, *, wall: float) -> None:
        """Keep a checkpoint of ours with the cosignature that an acknowledgement brings; ``wall`` is the time of day.

        Raises Refused: ``bad-cosignature``, ``cosigned-in-future``, or as notes do.
        """
        if not ack.cosignature.endswith("\n") or ack.cosignature.count("\n") != 1:
            raise Refused("bad-cosignature", "a cosignature is one line")
        note = checkpoint + ack.cosignature.encode()
        at = open_cosignature(note, Verifier(hub.name, hub.sign)).at
        if at > wall + AHEAD_SECONDS:
            raise Refused("cosigned-in-future", f"by {at - wall:.0f} s; are hub and controller of one time?")
        place = Place(ack.log_epoch, ack.size, at)
        if place > self.newest:
            self.newest, self._note = place, note

    def tick(self, now: float) -> None:
        """Write what is new, at most once a minute."""
        if self._note and now >= self._write_at:
            self._write_at = now + WRITE_SECONDS
            try:
                replace_file(self._path, self._note)
            except OSError as error:
                say("cosigned_not_stored", Level.WARNING, file=self._path, why=error)
            else:
                self._note = b""


def _load(path: Path, *, site: str, log: str) -> Place:
    try:
        note = path.read_bytes()
        text, signatures = signatures_of(note)
        times = [int.from_bytes(stamp[:8]) for _, _, stamp in signatures if len(stamp) == _STAMP_BYTES]
        return Place(told_epoch(note, site=site, log=log), int(text.split(b"\n")[1]), max(times))
    except FileNotFoundError:
        return Place()
    except (OSError, Refused, ValueError, LookupError) as error:
        say("cosigned_unreadable", Level.WARNING, file=path, why=error)
        return Place()
