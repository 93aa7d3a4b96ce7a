"""Bytes to checked frames and back: COBS (Cheshire and Baker 1999) between zero bytes, with a CRC-16.

The CRC is CRC-16/IBM-3740, also called CCITT-FALSE: polynomial 1021, start FFFF, not reflected, high byte
first. A frame starts and ends with a zero byte, so that noise before it cannot spoil it.
"""

from binascii import crc_hqx
from dataclasses import dataclass

from firmware_bridge.reader_events import FaultKind, digest_of

FRAME_LIMIT = 96
PAUSE_SECONDS = 0.2

_CRC_START = 0xFFFF
_CRC_SIZE = 2


@dataclass(frozen=True, slots=True)
class FrameFault:
    """Bytes that are no frame."""

    kind: FaultKind
    digest: str
    size: int


class FrameDecoder:
    """Cuts a byte stream into checked frames and names what is none.

    A frame longer than the limit is dropped up to its end, half a frame after a pause at once.
    """

    def __init__(self, *, limit: int = FRAME_LIMIT, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._limit = limit
        self._pause_seconds = pause_seconds
        self._partial = bytearray()
        self._dropped = 0
        self._last_at = 0.0

    def receive(self, data: bytes, now: float) -> list[bytes | FrameFault]:
        """Take bytes as they came; answers with every frame and fault that they complete."""
        found: list[bytes | FrameFault] = list(self.tick(now))
        self._last_at = now
        *complete, rest = data.split(b"\0")
        for piece in complete:
            self._collect(piece)
            if self._partial:
                found.append(self._finish())
        self._collect(rest)
        return found

    def tick(self, now: float) -> list[FrameFault]:
        """Drop half a frame whose other half did not come."""
        if not self._partial or now - self._last_at <= self._pause_seconds:
            return []
        kind = FaultKind.TOO_LONG if self._dropped else FaultKind.INCOMPLETE
        return [self._fault(kind)]

    def reset(self) -> None:
        """Forget half a frame: the line was closed."""
        self._partial.clear()
        self._dropped = 0

    def _collect(self, piece: bytes) -> None:
        room = self._limit - len(self._partial)
        self._partial += piece[:room]
        self._dropped += max(0, len(piece) - room)

    def _finish(self) -> bytes | FrameFault:
        if self._dropped:
            return self._fault(FaultKind.TOO_LONG)
        body = cobs_decode(bytes(self._partial))
        if body is None or len(body) <= _CRC_SIZE:
            return self._fault(FaultKind.BAD_FRAME)
        if crc_hqx(body, _CRC_START):
            return self._fault(FaultKind.BAD_CHECKSUM)
        self.reset()
        return body[:-_CRC_SIZE]

    def _fault(self, kind: FaultKind) -> FrameFault:
        fault = FrameFault(kind, digest_of(bytes(self._partial)), len(self._partial) + self._dropped)
        self.reset()
        return fault


def encode_frame(body: bytes) -> bytes:
    """Wrap a body for the line."""
    checked = body + crc_hqx(body, _CRC_START).to_bytes(_CRC_SIZE, "big")
    return b"\0" + cobs_encode(checked) + b"\0"


def cobs_encode(data: bytes) -> bytes:
    """Rewrite up to 253 bytes without zero bytes: each run up to a zero is led by its length plus one."""
    return b"".join(bytes([len(run) + 1]) + run for run in data.split(b"\0"))


def cobs_decode(coded: bytes) -> bytes | None:
    """Undo `cobs_encode`; None where a run points past the end."""
    runs: list[bytes] = []
    position = 0
    while position < len(coded):
        end = position + coded[position]
        if not position < end <= len(coded):
            return None
        runs.append(coded[position + 1 : end])
        position = end
    return b"\0".join(runs)
