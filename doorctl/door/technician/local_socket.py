"""The socket of a technician: for root and the door's own user, on this computer alone; nobody is waited for.

A peer that sends what is no packet, or does not read, is hung up on.
"""

import os
import selectors
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from doorctl import journal
from doorctl.errors import Refused
from doorctl.wire.technician import (
    MAX_TECHNICIAN_BYTES,
    FromDoor,
    FromTechnician,
    decode_from_technician,
    encode,
)

MOST_PEERS = 4
PACKETS_PER_TURN = 8
_CREDENTIALS = struct.Struct("3i")


@dataclass(eq=False, slots=True)
class Peer:
    """Somebody who is connected, as which user, and whether they watch."""

    connection: socket.socket
    uid: int
    watches: bool = False

    def say(self, packet: FromDoor) -> bool:
        """Tell it something; False if it does not read, or is gone."""
        try:
            self.connection.send(encode(packet), socket.MSG_NOSIGNAL)
        except OSError:
            return False
        return True


def users_who_may() -> frozenset[int]:
    """Return who is heard: root, and the user of this process, who drive the pins and hold the log's key anyhow."""
    return frozenset({0, os.geteuid()})


class LocalSocket:
    """Listens at a path; hands each packet on with who said it."""

    def __init__(
        self,
        path: Path,
        *,
        take: Callable[[Peer, FromTechnician], None],
        leave: Callable[[Peer], None],
        users: frozenset[int],
    ) -> None:
        """Listen there, in the place of whatever stands there; where that cannot be, doors do without."""
        self._path = path
        self._take = take
        self._leave = leave
        self._users = users
        self._peers: set[Peer] = set()
        self._selector = selectors.EpollSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            path.unlink(missing_ok=True)
            os.fchmod(self._listener.fileno(), 0o600)  # before bind: the path is never open to others
            self._listener.bind(str(path))
            self._listener.listen(MOST_PEERS)
        except OSError as error:
            journal.say("technician_unavailable", journal.Level.WARNING, socket=path, why=error)
            return
        self._selector.register(self._listener, selectors.EVENT_READ)

    def fileno(self) -> int:
        """Readable when somebody comes, says something or leaves."""
        return self._selector.fileno()

    def serve(self) -> None:
        """Hear who has something to say; without waiting."""
        for key, _ in self._selector.select(0):
            if key.data is None:
                self._welcome()
            else:
                self._hear(key.data)

    def tell(self, packet: FromDoor) -> None:
        """Tell everybody who watches."""
        for peer in tuple(self._peers):
            if peer.watches and not peer.say(packet):
                self._drop(peer)

    def close(self) -> None:
        """Hear nobody any more."""
        for peer in tuple(self._peers):
            self._drop(peer)
        self._selector.close()
        self._listener.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _welcome(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # gone before it was accepted, or no descriptor is left
            return
        connection.setblocking(False)
        _, uid, _ = _CREDENTIALS.unpack(
            connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        )
        if uid not in self._users or len(self._peers) >= MOST_PEERS:
            journal.say("technician_refused", journal.Level.WARNING, uid=uid)
            connection.close()
            return
        peer = Peer(connection, uid)
        self._peers.add(peer)
        self._selector.register(connection, selectors.EVENT_READ, peer)

    def _hear(self, peer: Peer) -> None:
        for _ in range(PACKETS_PER_TURN):
            try:
                data = peer.connection.recv(MAX_TECHNICIAN_BYTES)
                packet = decode_from_technician(data) if data else None
            except BlockingIOError:
                return
            except (OSError, Refused):
                packet = None
            if packet is None:
                self._drop(peer)
                return
            self._take(peer, packet)

    def _drop(self, peer: Peer) -> None:
        self._peers.discard(peer)
        with suppress(KeyError):
            self._selector.unregister(peer.connection)
        peer.connection.close()
        self._leave(peer)
