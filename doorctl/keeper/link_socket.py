"""The keeper's end of the socket to the link: it listens, hears one link at a time, and never waits for it.

1. The newest connection counts; an older one is closed.
2. At most ``PACKETS_PER_TURN`` packets are taken at a time, so that a link that is too fast holds nothing up.
3. What is no packet is refused by name and counted.
4. What the link does not read waits, bounded; a link that does not read at all is disconnected.
"""

import selectors
import socket
from collections import deque
from pathlib import Path

from doorctl.courier import (
    MAX_PACKET_BYTES,
    FromKeeper,
    FromLink,
    LinkDisconnected,
    decode_from_link,
    encode,
)
from doorctl.errors import Refused
from doorctl.journal import say
from doorctl.keeper.tally import Tally

PACKETS_PER_TURN = 32
MOST_WAITING = 256
SOCKET_MODE = 0o660

_SOURCE = "link"


class LinkSocket:
    """A listening AF_UNIX SEQPACKET socket and the one link that is connected to it."""

    def __init__(self, path: Path, *, tally: Tally) -> None:
        """Listen at this path, in the place of whatever stands there. Raises OSError."""
        self._path = path
        self._tally = tally
        self._selector = selectors.DefaultSelector()
        self._link: socket.socket | None = None
        self._waiting: deque[bytes] = deque()
        self._heard: list[FromLink] = []
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        path.chmod(SOCKET_MODE)
        self._listener.listen(4)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def receive(self, seconds: float) -> list[FromLink]:
        """Wait at most so long; return what the link has said, and that it is gone when it is."""
        for key, events in self._selector.select(0 if self._heard else seconds):
            if key.fileobj is self._listener:
                self._accept()
            if key.fileobj is self._link and events & selectors.EVENT_WRITE:
                self._send_waiting()
            if key.fileobj is self._link and events & selectors.EVENT_READ:
                self._read()
        heard, self._heard = self._heard, []
        return heard

    def send(self, packet: FromKeeper) -> None:
        """Hand a packet to the link; without a link, or with one that does not read, it is dropped."""
        if self._link is None:
            return
        try:
            self._waiting.append(encode(packet))
        except Refused as refusal:
            self._tally.add(refusal, source="keeper")
        if len(self._waiting) > MOST_WAITING:
            self._tally.add(Refused("link-does-not-read"), source=_SOURCE)
            self._let_go()
        elif len(self._waiting) == 1:
            self._send_waiting()

    def close(self) -> None:
        """Hear no link any more."""
        self._let_go()
        self._listener.close()
        self._selector.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            link, _ = self._listener.accept()
        except OSError:  # gone before it was accepted
            return
        if self._link is not None:
            self._tally.add(Refused("link-replaced"), source=_SOURCE)
            self._let_go()
        link.setblocking(False)
        self._link = link
        self._selector.register(link, selectors.EVENT_READ)
        say("link_arrived")

    def _read(self) -> None:
        for _ in range(PACKETS_PER_TURN):
            if self._link is None or (data := _next_packet(self._link)) is None:
                break
            if not data:
                self._let_go()
                break
            try:
                self._heard.append(decode_from_link(data))
            except Refused as refusal:
                self._tally.add(refusal, source=_SOURCE)

    def _send_waiting(self) -> None:
        while self._link is not None and self._waiting:
            try:
                self._link.send(self._waiting[0])
            except BlockingIOError:
                return self._watch(self._link, selectors.EVENT_READ | selectors.EVENT_WRITE)
            except OSError:
                return self._let_go()
            self._waiting.popleft()
        if self._link is not None:
            self._watch(self._link, selectors.EVENT_READ)
        return None

    def _watch(self, link: socket.socket, events: int) -> None:
        if self._selector.get_key(link).events != events:
            self._selector.modify(link, events)

    def _let_go(self) -> None:
        self._waiting.clear()
        if self._link is not None:
            self._selector.unregister(self._link)
            self._link.close()
            self._link = None
            self._heard.append(LinkDisconnected())
            say("link_left")


def _next_packet(link: socket.socket) -> bytes | None:
    """Return the next packet, None while there is none; no bytes at all: the link is gone."""
    try:
        return link.recv(MAX_PACKET_BYTES + 1)
    except BlockingIOError:
        return None
    except OSError:
        return b""
