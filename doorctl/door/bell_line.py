"""The door's end of the bell: a socket to the keeper, tried each second, that never waits.

What is said while nobody is there is lost, and said again by whoever knows it still; only what became of orders waits
for the next connection.
"""

import socket
from collections import deque
from contextlib import suppress
from pathlib import Path

from doorctl import journal
from doorctl.errors import Refused
from doorctl.wire.bell import MAX_BELL_BYTES, CarriedOut, FromDoor, FromKeeper, decode_from_keeper, encode

TRY_SECONDS = 1.0
MOST_WAITING = 64
PACKETS_PER_TURN = 32


class BellLine:
    """One connection at a time; used from one thread."""

    def __init__(self, path: Path) -> None:
        """Reach the keeper that listens here, now or later."""
        self._path = path
        self._socket: socket.socket | None = None
        self._next_try = 0.0
        self._waiting: deque[CarriedOut] = deque(maxlen=MOST_WAITING)

    def fileno(self) -> int | None:
        """Readable when the keeper has said something, None while there is no connection."""
        return None if self._socket is None else self._socket.fileno()

    def connect(self, now: float) -> bool:
        """Try to connect if it is time; tell whether there is a new connection. ``now`` is monotonic seconds."""
        if self._socket is not None or now < self._next_try:
            return False
        self._next_try = now + TRY_SECONDS
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            return False
        self._socket = connection
        return True

    def receive(self) -> list[FromKeeper]:
        """Return what the keeper has said; without waiting."""
        heard: list[FromKeeper] = []
        try:
            while self._socket is not None and len(heard) < PACKETS_PER_TURN:
                data = self._socket.recv(MAX_BELL_BYTES)
                if not data:
                    self.close()
                    break
                if (packet := _known(data)) is not None:
                    heard.append(packet)
        except BlockingIOError:
            pass
        except (OSError, Refused) as error:
            journal.say("bell_lost", journal.Level.WARNING, why=error)
            self.close()
        return heard

    def say(self, packet: FromDoor) -> None:
        """Tell the keeper, if it is there and listens; what became of an order waits until it does."""
        if isinstance(packet, CarriedOut):
            self._waiting.append(packet)
            self.say_what_waits()
        else:
            self._send(packet)

    def say_what_waits(self) -> None:
        """Tell what could not be told before."""
        while self._waiting and self._send(self._waiting[0]):
            self._waiting.popleft()

    def close(self) -> None:
        """Let go of the connection; the next try makes another."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket = None

    def _send(self, packet: FromDoor) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.send(encode(packet))
        except OSError as error:  # a keeper that does not read is no keeper
            journal.say("bell_lost", journal.Level.WARNING, why=error)
            self.close()
            return False
        return True


def _known(data: bytes) -> FromKeeper | None:
    """Read a packet; None for one of a newer keeper, which is passed over. Raises Refused ``malformed``."""
    try:
        return decode_from_keeper(data)
    except Refused as refusal:
        if refusal.refusal != "unknown-packet":
            raise
        return None
