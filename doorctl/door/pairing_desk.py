"""Where a person at this controller has an OSDP reader given its key: for a stated time, and once that is on record.

The socket is the door user's alone. A line of JSON asks (``{"reader": …, "key": …, "seconds": …, "again": …}``), one
answers that it began, once the record of that is on disk, or why not; a later one tells what came of it. Each names
its reader. No key is ever told.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from doorctl import journal
from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.core.machines.technician import PAIRING_BEGUN
from doorctl.core.records import RecordKind
from doorctl.door.reader_events import DoorWithReader
from doorctl.door.statements import Statements
from doorctl.errors import BoardUnusable
from doorctl.keys.osdp_keys import KEY_BYTES, is_weak
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_events import PairingEnded
from hardware.board import BoardUnavailableError
from hardware.watch_socket import WatchSocket

LEAST_SECONDS, MOST_SECONDS = 10, 300
_NOT_NOW = "not now: another reader is being paired, or the port of its line is closed"


class PairingWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: this key for this reader, within so many seconds; ``again`` where it has one."""

    reader: str
    key: bytes
    seconds: Annotated[int, msgspec.Meta(ge=LEAST_SECONDS, le=MOST_SECONDS)]
    again: bool = False


class PairingTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is answered: it began, it ended well or badly, or it was refused."""

    reader: str = ""
    began: bool = False
    paired: bool | None = None
    error: str = ""


_wishes = msgspec.json.Decoder(PairingWish)


class PairingDesk:
    """Serves one at a time; used from the loop's thread alone."""

    def __init__(
        self,
        socket: Path,
        protocols: Mapping[str, OsdpProtocol],
        at_readers: Mapping[str, DoorWithReader],
        *,
        statements: Statements,
        submit: Callable[[list[Draft], Callable[[Verdict], None]], None],
    ) -> None:
        """Know the protocol and the door of each OSDP reader. Raises BoardUnusable."""
        self._protocols = protocols
        self._at_readers = at_readers
        self._statements = statements
        self._submit = submit
        self._is_beginning = False
        self._socket = WatchSocket(socket)
        try:
            self._socket.open()
        except BoardUnavailableError as error:
            raise BoardUnusable(f"no socket at {socket}, where readers are paired: {error}") from error

    def fileno(self) -> int:
        """Answer the descriptor to wait for."""
        return self._socket.fileno()

    def serve(self) -> None:
        """Hear who is there."""
        self._socket.serve(greet=bytes, hear=self.hear)

    def close(self) -> None:
        """Take the socket away."""
        self._socket.close()

    def take(self, ended: PairingEnded) -> None:
        """Record what came of a pairing, and tell who asked."""
        self._record(ended.reader, "paired" if ended.is_paired else f"not paired: {ended.why}", nobody_waits)
        self._socket.tell(_line(PairingTold(ended.reader, paired=ended.is_paired, error=ended.why)))

    def hear(self, line: bytes) -> bytes | None:
        """Take a wish; answer why not, or later, when its record is on disk."""
        try:
            wish = _wishes.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _line(PairingTold(error="not understood: are both of one version of doorctl?"))
        if refusal := self._refusal(wish):
            return _line(PairingTold(wish.reader, error=refusal))
        self._is_beginning = True
        detail = f"{PAIRING_BEGUN}, for {wish.seconds} s{', again' if wish.again else ''}"
        self._record(wish.reader, detail, partial(self._begin, wish))
        return None

    def _begin(self, wish: PairingWish, verdict: Verdict) -> None:
        self._is_beginning = False
        if not isinstance(verdict, Committed):
            error = "the log takes no record, and without one nothing is paired: make room on the disk"
            self._socket.tell(_line(PairingTold(wish.reader, error=error)))
            return
        now = time.monotonic()
        if self._protocols[wish.reader].pair(wish.reader, wish.key, until=now + wish.seconds, now=now):
            self._socket.tell(_line(PairingTold(wish.reader, began=True)))
        else:
            self.take(PairingEnded(wish.reader, now, is_paired=False, why=_NOT_NOW))

    def _refusal(self, wish: PairingWish) -> str:
        """Tell why a pairing does not begin; nothing if it may."""
        protocol = self._protocols.get(wish.reader)
        if protocol is None:
            return f"there is no OSDP reader {wish.reader} here"
        if len(wish.key) != KEY_BYTES or is_weak(wish.key):
            return f"a key is {KEY_BYTES} random bytes"
        if protocol.is_paired(wish.reader) and not wish.again:
            return f"{wish.reader} has a key already: --again gives it another"
        return "" if protocol.can_pair and not self._is_beginning else _NOT_NOW

    def _record(self, reader: str, detail: str, done: Callable[[Verdict], None]) -> None:
        at = self._at_readers[reader]
        journal.say("osdp_pairing", reader=reader, detail=detail)
        kind = RecordKind.OSDP_PAIRING
        self._submit([self._statements.draft(kind, detail, door=at.door, zone=at.zone, reader=reader)], done)


def _line(told: PairingTold) -> bytes:
    return msgspec.json.encode(told) + b"\n"
