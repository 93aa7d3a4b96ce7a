"""Heads of all logs for a place outside, and the word of it: when each place has last taken them.

`doorctl audit anchor` runs beside the hub, under its user; it leaves word in ``anchors/``, which the hub records in
its own log. A place that has taken nothing for three days is an alarm.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.cosignature import cosign
from doorctl.durable import replace_file
from doorctl.hub.log_store import LogId
from doorctl.journal import Level, say
from doorctl.places import StateFile
from doorctl.wire.notes import Signer

OVERDUE_SECONDS = 3 * 86_400
_HEADS = """
SELECT h.controller, h.log_epoch, coalesce(c.note, h.checkpoint)
FROM log_heads AS h LEFT JOIN cosignatures AS c USING (controller, log_epoch)
WHERE h.log_epoch = (SELECT max(log_epoch) FROM log_heads WHERE controller = h.controller)
ORDER BY h.controller <> ?, h.controller
"""
_LAST = "last-taken"


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The heads were sent: when (Unix seconds), the SHA-256 of the text, who took them, and who did not and why."""

    at: int
    sha256: str
    taken: tuple[str, ...]
    failed: dict[str, str] = {}

    @property
    def detail(self) -> str:
        """What the record says."""
        failures = "".join(f"; not {place}: {why}" for place, why in self.failed.items())
        return f"sha256 {self.sha256} to {', '.join(self.taken) or 'nobody'}{failures}"


def heads_of(connection: sqlite3.Connection) -> list[tuple[LogId, bytes]]:
    """Return the newest checkpoint of every log, the hub's first; a controller's with the newest cosignature."""
    rows = connection.execute(_HEADS, (HUB_LOG,))
    return [(LogId(controller, log_epoch), bytes(note)) for controller, log_epoch, note in rows]


def written_heads(heads: list[tuple[LogId, bytes]], signer: Signer, *, at: int) -> bytes:
    """Write heads as they are sent: each note, and an empty line behind it.

    The hub cosigns its own, too: ``at`` (Unix seconds, not before they were read) is when all of them are sent.
    """
    notes = (cosign(note, signer, at=at) if log.controller == HUB_LOG else note for log, note in heads)
    return b"".join(note + b"\n" for note in notes)


def tell_of_sending(state_dir: Path, sent: Sent) -> None:
    """Leave word of it, and remember who took it when; a place is late from its first try on. Raises OSError."""
    folder = state_dir / StateFile.ANCHORS
    folder.mkdir(mode=0o700, exist_ok=True)
    before = last_taken(state_dir)
    last = dict.fromkeys(sent.taken, sent.at) | {place: before.get(place, sent.at) for place in sent.failed}
    replace_file(folder / _LAST, msgspec.json.encode(last), mode=0o600)
    replace_file(folder / f"{sent.at}.json", msgspec.json.encode(sent), mode=0o600)


def sendings_told(state_dir: Path) -> Iterator[tuple[Path, Sent]]:
    """Yield each word and the file to remove once it is recorded; one that is none is told and passed by.

    Raises OSError.
    """
    for path in sorted((state_dir / StateFile.ANCHORS).glob("*.json")):
        try:
            yield path, msgspec.json.decode(path.read_bytes(), type=Sent)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            say("anchor_word_unreadable", Level.WARNING, file=path.name, why=error)
            path.unlink(missing_ok=True)


def last_taken(state_dir: Path) -> Mapping[str, int]:
    """Return when each place that was tried last has taken the heads, or was tried first; empty where unknown."""
    try:
        path = state_dir / StateFile.ANCHORS / _LAST
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
