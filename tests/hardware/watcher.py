"""A watcher of the simulated board, as another program would be one."""

import json
import socket
from collections.abc import Callable
from pathlib import Path


class Watcher:
    """Connects to a board's socket, reads its lines and writes some, without waiting."""

    def __init__(self, path: Path) -> None:
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.settimeout(30)
        self.connection.connect(str(path))

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def send(self, data: bytes) -> None:
        """Write bytes to the board."""
        self.connection.sendall(data)

    def lines(self) -> list[dict[str, object]]:
        """Read every line that has arrived, without its time."""
        return [json.loads(line) for line in self.received().splitlines()]

    def received(self) -> bytes:
        """Read every byte that has arrived."""
        self.connection.setblocking(False)
        parts = []
        try:
            while part := self.connection.recv(65536):
                parts.append(part)
        except (BlockingIOError, ConnectionResetError):
            pass
        return b"".join(parts)

    def is_dropped(self) -> bool:
        """Tell whether the board has hung up."""
        self.received()
        try:
            return self.connection.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True


Connect = Callable[[], Watcher]
