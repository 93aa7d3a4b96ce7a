"""OSDP frames: what a reader may answer to what it was asked, before the library sees a byte of it.

libosdp 3.2.9 takes frames for good that nothing vouches for (docs/adr/0014-osdp.md). So what comes from the wire goes
through here, and the rule is short:

* a reply counts if we have just asked its address, once, and if its checksum is right;
* to a command of a secure channel it is one with a MAC (which the library checks), of the right build and length;
* to the four commands that begin one it is the reply that belongs to it: none of them carries a card or a key;
* in the clear else only "refused" and "busy" pass, which say nothing;
* a command that would offer the default key leaves only for a reader that is being paired.
"""

from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from firmware_bridge.reader_events import FaultKind

MARK, START = 0xFF, 0x53
LONGEST_FRAME = 254
"""With the mark before it, it fits into the library's 256 bytes."""

_HEADER = 5
_REPLY, _SEQUENCE, _CRC, _SECURITY = 0x80, 0x03, 0x04, 0x08
_MAC = 4
_OWN_KEY = 1
_SHORTEST_FRAME = _HEADER + 2


class Code(IntEnum):
    """The commands and replies that are told apart here (SIA OSDP 2.2, annexes A and B)."""

    POLL = 0x60
    ID = 0x61
    CAPABILITIES = 0x62
    KEYSET = 0x75
    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    CCRYPT = 0x76
    RMAC_I = 0x78
    BUSY = 0x79


class Block(IntEnum):
    """The kinds of security block; 11 to 14 are the handshake, and have no MAC."""

    CHALLENGE = 0x11
    CCRYPT = 0x12
    CRYPTOGRAM = 0x13
    RMAC_I = 0x14
    COMMAND = 0x15
    REPLY = 0x16
    SEALED_COMMAND = 0x17
    SEALED_REPLY = 0x18


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as far as it must be understood; ``block`` is its kind of security block, None in the clear."""

    raw: bytes
    address: int
    is_reply: bool
    block: int | None
    block_data: bytes
    body: bytes
    """Code and data, and a MAC where there is one; sealed ones are not opened here."""
    answers: int = -1
    """Of a reply that passed: the code of the command that it belongs to."""

    @property
    def code(self) -> int:
        """The command or reply; -1 of none."""
        return self.body[0] if self.body else -1

    @property
    def has_mac(self) -> bool:
        """Whether it is of a secure channel, whose MAC the library checks."""
        return self.block in (Block.REPLY, Block.SEALED_REPLY)

    @property
    def tells_nothing(self) -> bool:
        """Whether a reader says by it, in its secure channel, that nothing waits in it to be told."""
        return self.has_mac and self.answers == Code.POLL and self.code == Code.ACK


@dataclass(frozen=True, slots=True)
class Turned:
    """A frame that did not pass, and why."""

    kind: FaultKind
    detail: str
    address: int | None = None


_IN_CLEAR: Mapping[int, tuple[int, int]] = {Code.ID: (Code.PDID, 13), Code.CAPABILITIES: (Code.PDCAP, 0)}
_HANDSHAKE: Mapping[int, tuple[int, int, int]] = {
    Block.CHALLENGE: (Block.CCRYPT, Code.CCRYPT, 33),
    Block.CRYPTOGRAM: (Block.RMAC_I, Code.RMAC_I, 17),
}
"""The reply that belongs to a command, and its length with its code (0: any)."""


class OsdpGate:
    """One line's gate; the library's writes go out through ``command``, the wire's bytes come in by ``receive``."""

    def __init__(self) -> None:
        """Begin with nothing asked, and nobody being paired."""
        self.pairing: int | None = None
        """The address for which the default key may be offered, and its key set."""
        self._asked: Frame | None = None
        self._buffer = bytearray()

    @property
    def asked_address(self) -> int:
        """The address of the newest command; -1 of none."""
        return -1 if self._asked is None else self._asked.address

    def command(self, raw: bytes) -> bool:
        """Tell whether a command may leave; the answer to it is then awaited, and to none before."""
        self._buffer.clear()
        self._asked = None
        frame = _frame_in(raw.removeprefix(bytes([MARK])))
        if frame is None or frame.is_reply:
            return False
        if frame.block in _HANDSHAKE and frame.block_data[:1] != bytes([_OWN_KEY]) and frame.address != self.pairing:
            return False
        self._asked = frame
        return True

    def receive(self, data: bytes) -> list[Frame | Turned]:
        """Take bytes as they came; answer with the replies that pass and with what did not."""
        self._buffer += data
        found: list[Frame | Turned] = []
        while (raw := self._next()) is not None:
            each = self._judge(raw)
            if each is not None:
                found.append(each)
        return found

    def _next(self) -> bytes | None:
        """Take the next whole frame out of the buffer; what stands before a start is rubbish."""
        while True:
            start = self._buffer.find(START)
            del self._buffer[: start if start >= 0 else len(self._buffer)]
            if len(self._buffer) < 4:
                return None
            length = int.from_bytes(self._buffer[2:4], "little")
            if not _SHORTEST_FRAME <= length <= LONGEST_FRAME:
                del self._buffer[0]
                continue
            if len(self._buffer) < length:
                return None
            raw = bytes(self._buffer[:length])
            del self._buffer[: length if _is_whole(raw) else 1]
            return raw

    def _judge(self, raw: bytes) -> Frame | Turned | None:
        if not _is_whole(raw):
            return Turned(FaultKind.BAD_CHECKSUM, f"{len(raw)} bytes")
        frame = _frame_in(raw)
        if frame is None:
            return Turned(FaultKind.BAD_FRAME, f"{len(raw)} bytes")
        if not frame.is_reply:
            return None  # our own command, as an adapter gives it back
        asked = self._asked
        if asked is None or frame.address != asked.address:
            return Turned(FaultKind.OUT_OF_SEQUENCE, "a reply that nobody asked for", frame.address)
        if not (_belongs(frame, asked) or self._ends_pairing(frame, asked)):
            return Turned(
                FaultKind.UNPROTECTED, f"reply {frame.code:#04x}, block {frame.block or 0:#04x}", frame.address
            )
        self._asked = None
        return replace(frame, answers=asked.code)

    def _ends_pairing(self, frame: Frame, asked: Frame) -> bool:
        """Some readers drop the channel with the new key at once, and acknowledge it in the clear."""
        is_ended = asked.code == Code.KEYSET and frame.block is None and frame.body == bytes([Code.ACK])
        return is_ended and self.pairing == asked.address


def _belongs(frame: Frame, asked: Frame) -> bool:
    if frame.block is None:
        if frame.body == bytes([Code.BUSY]) or (frame.code == Code.NAK and len(frame.body) == 2):
            return True
        reply, length = _IN_CLEAR.get(asked.code, (-1, 0)) if asked.block is None else (-1, 0)
        return frame.code == reply and length in (0, len(frame.body))
    if asked.block is not None and asked.block in _HANDSHAKE:
        return (frame.block, frame.code, len(frame.body)) == _HANDSHAKE[asked.block]
    is_secure = asked.block in (Block.COMMAND, Block.SEALED_COMMAND)
    return is_secure and frame.has_mac and len(frame.body) > _MAC


def _frame_in(raw: bytes) -> Frame | None:
    """Read a frame whose checksum is right; None if it cannot be one."""
    if len(raw) < _SHORTEST_FRAME or raw[0] != START or int.from_bytes(raw[2:4], "little") != len(raw):
        return None
    control = raw[4]
    body = raw[_HEADER : len(raw) - (2 if control & _CRC else 1)]
    block, block_data = None, b""
    if control & _SECURITY:
        size = body[0] if body else 0
        if not 2 <= size <= len(body) or (size == 2) is not (body[1] >= Block.COMMAND) or size > 3:
            return None
        block, block_data, body = body[1], body[2:size], body[size:]
    return Frame(raw, raw[1] & ~_REPLY, bool(raw[1] & _REPLY), block, block_data, body)


def _is_whole(raw: bytes) -> bool:
    if raw[4] & _CRC:
        return crc16(raw[:-2]) == int.from_bytes(raw[-2:], "little")
    return sum(raw) & 0xFF == 0


def crc16(data: bytes) -> int:
    """Return the CRC-16 of OSDP: polynomial 1021, begun with 1D0F."""
    return crc_hqx(data, 0x1D0F)
