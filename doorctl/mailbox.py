"""Calls that threads leave for a loop, which makes them when the mailbox is readable."""

import os
from collections import deque
from collections.abc import Callable

Call = Callable[[], None]


class Mailbox:
    """Filled from any thread, emptied by one; the order stays."""

    def __init__(self) -> None:
        """Start empty."""
        self._calls: deque[Call] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Readable when calls wait."""
        return self._wake

    def leave(self, *calls: Call) -> None:
        """Leave calls for the loop; never waits."""
        self._calls.extend(calls)
        os.eventfd_write(self._wake, 1)

    def deliver(self) -> None:
        """Make every call that was left."""
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return
        while self._calls:
            self._calls.popleft()()

    def close(self) -> None:
        """Throw away what was left."""
        self._calls.clear()
        os.close(self._wake)
