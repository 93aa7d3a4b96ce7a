"""A datagram socket in the place of systemd's: it hears what a process tells of itself."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ASupervisor:
    """Hears processes; ``watch_seconds`` is how long it lets them say nothing."""

    def __init__(self, path: Path, *, watch_seconds: float = 0.4) -> None:
        """Listen at this path."""
        self._path = path
        self._watch_seconds = watch_seconds
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be started with."""
        return {"NOTIFY_SOCKET": str(self._path), "WATCHDOG_USEC": str(int(self._watch_seconds * 1_000_000))}

    def hear(self, seconds: float) -> list[str]:
        """Return the lines of the next datagram, none when nothing is said for so long."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            return self._socket.recv(4096).decode().split("\n")
        except TimeoutError:
            return []

    def hear_for(self, seconds: float) -> list[str]:
        """Return all lines that are said within this time."""
        end, heard = time.monotonic() + seconds, list[str]()
        while (left := end - time.monotonic()) > 0:
            heard += self.hear(left)
        return heard

    def close(self) -> None:
        """Hear nobody any more."""
        self._socket.close()


@contextmanager
def a_supervisor(folder: Path, *, watch_seconds: float = 0.4) -> Iterator[ASupervisor]:
    """Listen in this folder."""
    supervisor = ASupervisor(folder / "notify.sock", watch_seconds=watch_seconds)
    try:
        yield supervisor
    finally:
        supervisor.close()
