"""The packets that a broker sends, before anybody keeps them: too long a one passes by, and no byte of it is stored.

MQTT 5 lets a client say how long a packet may be; MQTT 3.1.1 does not, and whoever answers as a broker may not heed
it. To leave such a broker would be no help: it sends the message again after each new connection.
"""

from collections.abc import Callable
from dataclasses import dataclass

_READ_BYTES = 64 * 1024
_PUBLISH = 3
_MOST_LENGTH_BYTES = 4
_LENGTH_BYTES = 2
"""Of a topic's length, and of a packet's identifier (MQTT 5.0, sections 1.5.4 and 3.3.2)."""


@dataclass(frozen=True, slots=True)
class PassedBy:
    """A packet that was too long: the identifier by which it is to be acknowledged, if its ``qos`` is not 0."""

    identifier: int = 0
    qos: int = 0


class PacketReader:
    """Reads a stream packet by packet, and hands on those that are short enough."""

    def __init__(self, most_bytes: int, *, passed_by: Callable[[PassedBy], None]) -> None:
        """Let packets of at most so many bytes through; ``passed_by`` is told of every other one."""
        self._most_bytes = most_bytes
        self._passed_by = passed_by
        self._header = bytearray()
        self._handed_over = 0
        self._body_left = 0
        self._begin = bytearray()

    def read(self, wanted: int, receive: Callable[[int], bytes]) -> bytes:
        """Return at most as many bytes as wanted of the next packet that is short enough, b"" at the end.

        ``receive`` gives at most so many bytes of the stream. What it raises comes through; BlockingIOError is raised
        by this, too, after a part of a packet that passes by: there is no more yet.
        """
        while not self._is_header_whole:
            if not (byte := receive(1)):
                return b""
            self._take_of_header(byte)
        if self._length > self._most_bytes:
            return self._skip(receive)
        if self._handed_over < len(self._header):
            part = bytes(self._header[self._handed_over : self._handed_over + wanted])
            self._handed_over += len(part)
        else:
            part = receive(min(wanted, self._body_left))
            self._body_left -= len(part)
        if self._handed_over == len(self._header) and not self._body_left:
            self._next()
        return part

    @property
    def _is_header_whole(self) -> bool:
        count = len(self._header) - 1
        return count >= 1 and (self._header[-1] < 128 or count == _MOST_LENGTH_BYTES)

    @property
    def _length(self) -> int:
        return sum((byte & 127) << (7 * place) for place, byte in enumerate(self._header[1:]))

    def _take_of_header(self, byte: bytes) -> None:
        self._header += byte
        if self._is_header_whole:
            self._body_left = self._length

    def _skip(self, receive: Callable[[int], bytes]) -> bytes:
        data = receive(min(_READ_BYTES, self._body_left))
        if not data:
            return b""
        self._body_left -= len(data)
        self._begin += data[: max(0, 2 * _LENGTH_BYTES + 0xFFFF - len(self._begin))]
        if not self._body_left:
            passed_by = self._what_passed_by()
            self._next()
            self._passed_by(passed_by)
        raise BlockingIOError  # whoever reads shall see to others in between

    def _what_passed_by(self) -> PassedBy:
        qos = self._header[0] >> 1 & 3
        if self._header[0] >> 4 != _PUBLISH or not qos:
            return PassedBy()
        at = _LENGTH_BYTES + int.from_bytes(self._begin[:_LENGTH_BYTES])
        identifier = int.from_bytes(self._begin[at : at + _LENGTH_BYTES])
        return PassedBy(identifier, qos) if identifier else PassedBy()

    def _next(self) -> None:
        self._header.clear()
        self._begin.clear()
        self._handed_over = self._body_left = 0
