"""The keeper's end of a local socket: it listens, hears one peer at a time, and never waits for it.

1. The newest connection counts; an older one is closed.
2. At most ``PACKETS_PER_TURN`` packets are taken at a time, so that a peer that is too fast holds nothing up.
3. What is no packet is refused by name and counted.
4. What the peer does not read waits, bounded; a peer that does not read at all is disconnected.
"""

import selectors
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from doorctl.errors import Refused
from doorctl.journal import say
from doorctl.tally import Tally

PACKETS_PER_TURN = 32
MOST_WAITING = 256

Heard = TypeVar("Heard")
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Dialect(Generic[Heard, Said]):
    """Who is at the other end, who may open the socket, and how the two speak; ``left`` is heard when it is gone."""

    peer: str
    mode: int
    max_packet_bytes: int
    decode: Callable[[bytes], Heard]
    encode: Callable[[Said], bytes]
    left: Heard
    arrived: Heard | None = None


class PeerSocket(Generic[Heard, Said]):
    """A listening AF_UNIX SEQPACKET socket and the one peer that is connected to it."""

    def __init__(self, path: Path, dialect: Dialect[Heard, Said], *, tally: Tally) -> None:
        """Listen at this path, in the place of whatever stands there. Raises OSError."""
        self._path = path
        self._dialect = dialect
        self._tally = tally
        self._selector = selectors.EpollSelector()
        self._peer: socket.socket | None = None
        self._waiting: deque[bytes] = deque()
        self._heard: list[Heard] = []
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        path.chmod(dialect.mode)
        self._listener.listen(4)
        self._selector.register(self._listener, selectors.EVENT_READ)

    @property
    def has_peer(self) -> bool:
        """Whether somebody is connected."""
        return self._peer is not None

    @property
    def has_news(self) -> bool:
        """Whether something was heard that ``receive`` has not returned yet."""
        return bool(self._heard)

    def fileno(self) -> int:
        """Readable when there is something to do: for a loop that waits for several sockets."""
        return self._selector.fileno()

    def receive(self, seconds: float = 0) -> list[Heard]:
        """Wait at most so long; return what the peer has said, and that it came or is gone."""
        for key, events in self._selector.select(0 if self._heard else seconds):
            if key.fileobj is self._listener:
                self._accept()
            if key.fileobj is self._peer and events & selectors.EVENT_WRITE:
                self._send_waiting()
            if key.fileobj is self._peer and events & selectors.EVENT_READ:
                self._read()
        heard, self._heard = self._heard, []
        return heard

    def send(self, packet: Said) -> None:
        """Hand a packet to the peer; without one, or with one that does not read, it is dropped."""
        if self._peer is None:
            return
        try:
            self._waiting.append(self._dialect.encode(packet))
        except Refused as refusal:
            self._tally.add(refusal, source="keeper")
        if len(self._waiting) > MOST_WAITING:
            self._refuse_peer("does-not-read")
            self._let_go()
        elif len(self._waiting) == 1:
            self._send_waiting()

    def close(self) -> None:
        """Hear nobody any more."""
        self._let_go()
        self._listener.close()
        self._selector.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except OSError:  # gone before it was accepted
            return
        if self._peer is not None:
            self._refuse_peer("replaced")
            self._let_go()
        peer.setblocking(False)
        self._peer = peer
        self._selector.register(peer, selectors.EVENT_READ)
        if self._dialect.arrived is not None:
            self._heard.append(self._dialect.arrived)
        say(f"{self._dialect.peer}_arrived")

    def _read(self) -> None:
        for _ in range(PACKETS_PER_TURN):
            if self._peer is None or (data := _next_packet(self._peer, self._dialect.max_packet_bytes)) is None:
                break
            if not data:
                self._let_go()
                break
            try:
                self._heard.append(self._dialect.decode(data))
            except Refused as refusal:
                self._tally.add(refusal, source=self._dialect.peer)

    def _send_waiting(self) -> None:
        while self._peer is not None and self._waiting:
            try:
                self._peer.send(self._waiting[0])
            except BlockingIOError:
                return self._watch(self._peer, selectors.EVENT_READ | selectors.EVENT_WRITE)
            except OSError:
                return self._let_go()
            self._waiting.popleft()
        if self._peer is not None:
            self._watch(self._peer, selectors.EVENT_READ)
        return None

    def _watch(self, peer: socket.socket, events: int) -> None:
        if self._selector.get_key(peer).events != events:
            self._selector.modify(peer, events)

    def _refuse_peer(self, why: str) -> None:
        self._tally.add(Refused(f"{self._dialect.peer}-{why}"), source=self._dialect.peer)

    def _let_go(self) -> None:
        self._waiting.clear()
        if self._peer is not None:
            self._selector.unregister(self._peer)
            self._peer.close()
            self._peer = None
            self._heard.append(self._dialect.left)
            say(f"{self._dialect.peer}_left")


def _next_packet(peer: socket.socket, max_bytes: int) -> bytes | None:
    """Return the next packet, None while there is none; no bytes at all: the peer is gone."""
    try:
        return peer.recv(max_bytes + 1)
    except BlockingIOError:
        return None
    except OSError:
        return b""
