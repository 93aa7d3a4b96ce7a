"""Reads what a simulated board says on its socket."""

import json
import socket
from pathlib import Path

from hardware.pins import StrikeState

WAIT_SECONDS = 120.0


class BoardWatch:
    """Waits for strikes to move."""

    def __init__(self, path: Path) -> None:
        """Connect to the board's socket."""
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.settimeout(WAIT_SECONDS)
        self._connection.connect(str(path))
        self._lines = self._connection.makefile()

    def moved_at(self, strike: str, state: StrikeState) -> float:
        """Wait until a strike goes into a state; return the monotonic time at which the board drove it."""
        for line in self._lines:
            change = json.loads(line)
            if change.get("strike") == strike and change["state"] == state and not change.get("initial"):
                return float(change["t"])
        raise RuntimeError("the door has ended")

    def close(self) -> None:
        """Leave the board."""
        self._lines.close()
        self._connection.close()
