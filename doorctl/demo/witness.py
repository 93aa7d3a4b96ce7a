"""Those who saw it: the board's socket, the controller's log on disk, the hub's export."""

import json
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.core.records import RecordKind
from doorctl.database import open_reader
from doorctl.errors import DoorctlError

T = TypeVar("T")
_LOOK_SECONDS = 0.01


class NotSeen(DoorctlError):
    """What should have happened did not, in the time it had."""


def wait_for(look: Callable[[], T | None], *, what: str, seconds: float) -> T:
    """Look again and again until something is seen. Raises NotSeen."""
    deadline = time.monotonic() + seconds
    while (seen := look()) is None:
        if time.monotonic() > deadline:
            raise NotSeen(f"waited {seconds:g} s for {what}")
        time.sleep(_LOOK_SECONDS)
    return seen


class BoardWitness:
    """Reads what the simulated board says on its socket, and drives its inputs."""

    def __init__(self, path: Path) -> None:
        """Watch the board behind this socket."""
        self._path = path
        self._socket: socket.socket | None = None
        self._rest = b""
        self.changes: list[dict[str, Any]] = []

    def look(self) -> None:
        """Take in what was said since the last look; connect, also anew, where that is needed."""
        try:
            if self._socket is None or not self._receive(self._socket):
                self._socket = _connected_to(self._path)
                self._receive(self._socket)
        except OSError:
            self.close()

    def strike_moves(self, door: str, *, since: float) -> list[dict[str, Any]]:
        """Return how a strike moved since a moment of CLOCK_MONOTONIC."""
        self.look()
        return [
            change
            for change in self.changes
            if change.get("strike") == door and change["t"] >= since and not change.get("initial")
        ]

    def drive(self, name: str, *, active: bool) -> None:
        """Drive an input, as opening a door does. Raises OSError where nobody listens."""
        self.look()
        if self._socket is None:
            raise ConnectionRefusedError(f"nobody listens at {self._path.name}: the door process does not run")
        self._socket.sendall(json.dumps({"input": name, "active": active}).encode() + b"\n")

    def strike(self, door: str) -> str:
        """Return the state that a strike was seen in last, empty before it is."""
        self.look()
        states = (change["state"] for change in reversed(self.changes) if change.get("strike") == door)
        return next(states, "")

    def close(self) -> None:
        """Stop watching."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._rest = b""

    def _receive(self, connection: socket.socket) -> bool:
        """Take in all that waits; tell whether there may be more."""
        try:
            while data := connection.recv(65536):
                *lines, self._rest = (self._rest + data).split(b"\n")
                self.changes.extend(json.loads(line) for line in lines)
        except BlockingIOError:
            return True
        self.close()
        return False


def _connected_to(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    connection.setblocking(False)
    return connection


class LogWitness:
    """Reads a controller's audit.db, as its keeper does."""

    def __init__(self, path: Path) -> None:
        """Read this log."""
        self._path = path

    def records(self, *, after: int = -1) -> list[Leaf]:
        """Return the records behind a number; none while there is no log."""
        try:
            connection = open_reader(self._path)
        except sqlite3.Error:
            return []
        try:
            rows = connection.execute("SELECT leaf FROM records WHERE seq > ? ORDER BY seq", (after,)).fetchall()
        except sqlite3.Error:
            return []
        finally:
            connection.close()
        return [read_leaf(leaf) for (leaf,) in rows]

    def decision(self, door: str, *, after: int) -> Leaf | None:
        """Return the first decision of a door behind a number."""
        found = (leaf for leaf in self.records(after=after) if leaf.kind is RecordKind.DECISION and leaf.door == door)
        return next(found, None)
