"""Tells systemd that a process is ready, that its loop turns, and that it ends: sd_notify(3).

Each is a datagram to ``$NOTIFY_SOCKET``. The loop itself calls ``turned``, never a thread beside it: a loop that
hangs is to be missed. What systemd does not take at once is told at the next turn; nobody waits for it.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping

ADDRESS_VARIABLE, USEC_VARIABLE, PID_VARIABLE = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
TURNS_IN_A_WATCH = 4
"""So often in the time that systemd waits for a sign of life does it get one."""


class Supervisor:
    """systemd as one process sees it; nobody at all where systemd did not start it."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, *, counter: Callable[[], float] = time.monotonic
    ) -> None:
        """Take from the environment where to tell, and how often."""
        self._address = _address_of(environment.get(ADDRESS_VARIABLE, ""))
        self._pause = _watch_seconds(environment) / TURNS_IN_A_WATCH
        self._counter = counter
        self._is_ready = False
        self._next = 0.0

    def turned(self) -> None:
        """Tell that the loop has turned, and the first time that the process is ready; cheap at every turn."""
        now = self._counter()
        if self._address is None or (self._is_ready and now < self._next):
            return
        if self._tell("WATCHDOG=1" if self._is_ready else "READY=1\nWATCHDOG=1"):
            self._is_ready = True
            self._next = now + self._pause

    def stopping(self) -> None:
        """Tell that the process ends in good order."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> bool:
        if self._address is None:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
                sock.sendto(text.encode(), self._address)
        except OSError:
            return False
        return True


def _address_of(given: str) -> str | None:
    """Tell the socket's address, None where there is none; ``@`` stands for the null byte of an abstract one."""
    if not given.startswith(("/", "@")):
        return None
    return "\0" + given[1:] if given.startswith("@") else given


def _watch_seconds(environment: Mapping[str, str]) -> float:
    """Tell how long systemd waits for a sign of life; for ever when it waits for none of ours."""
    usec = environment.get(USEC_VARIABLE, "")
    if not usec.isdecimal() or environment.get(PID_VARIABLE, str(os.getpid())) != str(os.getpid()):
        return float("inf")
    return int(usec) / 1_000_000
