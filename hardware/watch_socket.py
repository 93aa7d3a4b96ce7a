"""A local stream socket where any number of watchers read lines and may write some, and nobody is waited for.

Each line goes to a watcher in one `send`; a watcher that is full, slow or gone is dropped, not waited for.
"""

import os
import selectors
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hardware.board import BoardUnavailableError

MOST_WATCHERS = 16
LONGEST_LINE = 4096  # bytes that a watcher may send before a line feed


@dataclass(eq=False, slots=True)
class _Watcher:
    connection: socket.socket
    unfinished: bytes = b""


class WatchSocket:
    """Listens at a path in the file system, for the user of this process only (mode 0600)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watchers: set[_Watcher] = set()

    def open(self) -> None:
        """Listen; a stale socket file is replaced, one that is served or is no socket is refused."""
        try:
            _remove_stale(self._path)
            self._listener = _listen(self._path)
        except OSError as error:
            raise BoardUnavailableError(
                f"cannot listen at {self._path}: {error}: choose another path for the board's socket"
            ) from error
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)

    def fileno(self) -> int:
        """Give the one descriptor that is readable when anybody connects or writes (an epoll descriptor)."""
        return self._selector.fileno()

    def serve(self, *, greet: Callable[[], bytes], hear: Callable[[bytes], bytes | None]) -> None:
        """Greet who connects, pass each line that came to `hear` and send its answer back."""
        for key, _ in self._selector.select(timeout=0):
            if key.data is None:
                self._welcome(greet)
            elif key.data in self._watchers:
                self._listen_to(key.data, hear)

    def tell(self, line: bytes) -> None:
        """Send a line to every watcher now."""
        for watcher in tuple(self._watchers):
            self._send(watcher, line)

    def close(self) -> None:
        """Drop every watcher and remove the path."""
        for watcher in tuple(self._watchers):
            self._drop(watcher)
        self._selector.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _welcome(self, greet: Callable[[], bytes]) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # out of file descriptors: the newcomer waits until there is one
            return
        if len(self._watchers) >= MOST_WATCHERS:
            connection.close()
            return
        connection.setblocking(False)
        watcher = _Watcher(connection)
        self._watchers.add(watcher)
        self._selector.register(connection, selectors.EVENT_READ, watcher)
        self._send(watcher, greet())

    def _listen_to(self, watcher: _Watcher, hear: Callable[[bytes], bytes | None]) -> None:
        try:
            data = watcher.connection.recv(LONGEST_LINE)
        except OSError:
            self._drop(watcher)
            return
        if not data:
            self._stop_listening_to(watcher)
            return
        *lines, watcher.unfinished = (watcher.unfinished + data).split(b"\n")
        if len(watcher.unfinished) > LONGEST_LINE:
            self._drop(watcher)
        for line in lines:
            answer = hear(line)
            if answer is not None:
                self._send(watcher, answer)

    def _stop_listening_to(self, watcher: _Watcher) -> None:
        """Keep a watcher that only shut its own side (`nc -U … </dev/null`), drop one that is gone."""
        self._selector.unregister(watcher.connection)
        self._send(watcher, b"")  # sends nothing, and fails if the other side was closed

    def _send(self, watcher: _Watcher, data: bytes) -> None:
        if watcher not in self._watchers:
            return
        try:
            sent = watcher.connection.send(data, socket.MSG_NOSIGNAL)
        except OSError:
            self._drop(watcher)
            return
        if sent < len(data):  # half a line has gone out: the rest would come too late to be told apart
            self._drop(watcher)

    def _drop(self, watcher: _Watcher) -> None:
        self._watchers.discard(watcher)
        if watcher.connection in self._selector.get_map():
            self._selector.unregister(watcher.connection)
        watcher.connection.close()


def _remove_stale(path: Path) -> None:
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise BoardUnavailableError(f"{path} is a file, not a socket: remove it or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise BoardUnavailableError(f"{path} is served by another process: stop it or choose another path")


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        os.fchmod(listener.fileno(), 0o600)  # before bind: the path is never open to others, not for a moment
        listener.bind(str(path))
        listener.listen(MOST_WATCHERS)
    except OSError:
        listener.close()
        raise
    return listener
