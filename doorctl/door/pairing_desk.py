"""Where a person at this controller has an OSDP reader given its key: for a stated time, and on record.

The socket is the door user's alone. A line of JSON asks (``{"reader": …, "key": …, "seconds": …, "again": …}``), one
answers that it began or why not, and a later one what came of it. No key is ever told.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from doorctl import journal
from doorctl.core.records import RecordKind
from doorctl.door.reader_events import DoorWithReader
from doorctl.door.recorder import TakesRecords
from doorctl.errors import BoardUnusable
from doorctl.keys.osdp_keys import KEY_BYTES, is_weak
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_events import PairingEnded
from hardware.board import BoardUnavailableError
from hardware.watch_socket import WatchSocket

LEAST_SECONDS, MOST_SECONDS = 10, 300


class PairingWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked: this key for this reader, within so many seconds; ``again`` where it has one."""

    reader: str
    key: bytes
    seconds: Annotated[int, msgspec.Meta(ge=LEAST_SECONDS, le=MOST_SECONDS)]
    again: bool = False


class PairingTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is answered: it began, it ended well or badly, or it was refused."""

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
        recorder: TakesRecords,
    ) -> None:
        """Know the protocol and the door of each OSDP reader. Raises BoardUnusable."""
        self._protocols = protocols
        self._at_readers = at_readers
        self._recorder = recorder
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
        self._socket.serve(greet=bytes, hear=self._hear)

    def close(self) -> None:
        """Take the socket away."""
        self._socket.close()

    def take(self, ended: PairingEnded) -> None:
        """Record what came of a pairing, and tell who asked."""
        self._record(ended.reader, "paired" if ended.is_paired else f"not paired: {ended.why}")
        self._socket.tell(_line(PairingTold(paired=ended.is_paired, error=ended.why)))

    def _hear(self, line: bytes) -> bytes:
        try:
            wish = _wishes.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _line(PairingTold(error="not understood: are both of one version of doorctl?"))
        refusal = self._refusal(wish)
        return _line(PairingTold(error=refusal) if refusal else PairingTold(began=True))

    def _refusal(self, wish: PairingWish) -> str:
        """Tell why a pairing does not begin; nothing if it has begun."""
        protocol = self._protocols.get(wish.reader)
        if protocol is None:
            return f"there is no OSDP reader {wish.reader} here"
        if len(wish.key) != KEY_BYTES or is_weak(wish.key):
            return f"a key is {KEY_BYTES} random bytes"
        if protocol.is_paired(wish.reader) and not wish.again:
            return f"{wish.reader} has a key already: --again gives it another"
        now = time.monotonic()
        if not protocol.pair(wish.reader, wish.key, until=now + wish.seconds, now=now):
            return f"not now: another reader of the line of {wish.reader} is being paired, or its port is closed"
        self._record(wish.reader, f"begun, for {wish.seconds} s{', again' if wish.again else ''}")
        return ""

    def _record(self, reader: str, detail: str) -> None:
        doorway = self._at_readers[reader]
        journal.say("osdp_pairing", reader=reader, detail=detail)
        self._recorder.record(RecordKind.OSDP_PAIRING, detail, door=doorway.door, zone=doorway.zone, reader=reader)


def _line(told: PairingTold) -> bytes:
    return msgspec.json.encode(told) + b"\n"
