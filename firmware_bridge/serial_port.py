"""A serial port that never waits: opened again with growing pauses, lost as a named error.

pyserial opens, sets and locks the port. Bytes go through the descriptor itself, because pyserial's write spins
while the output is full even with a time-out of zero.
"""

import contextlib
import os
import select
import termios

import serial

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0

_READ_SIZE = 4096
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class PortLost(Exception):
    """The port was unplugged or hung up; open it again later."""


class SerialPort:
    """One port by path; at most one process has it."""

    def __init__(self, path: str, baud: int) -> None:
        self._path = path
        self._baud = baud
        self._serial: serial.Serial | None = None
        self._wait_seconds = FIRST_WAIT_SECONDS
        self._next_try_at: float | None = None
        self.trouble = "not opened yet"

    def fileno(self) -> int | None:
        """Answer the descriptor to wait for, None while closed."""
        return None if self._serial is None else self._serial.fileno()

    def open(self, now: float) -> bool:
        """Try to open the port if the pause since the last try is over; `trouble` says why it did not."""
        if self._next_try_at is not None and now < self._next_try_at:
            return False
        self._next_try_at = now + self._wait_seconds
        try:
            self._serial = serial.Serial(self._path, self._baud, timeout=0, write_timeout=0, exclusive=True)
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            self._wait_seconds = min(self._wait_seconds * 2, LONGEST_WAIT_SECONDS)
            self.trouble = f"{self._path} cannot be opened: {_reason(error)}"
            return False
        self._wait_seconds = FIRST_WAIT_SECONDS
        return True

    def read(self) -> bytes:
        """Take what has arrived; raises PortLost."""
        descriptor = self._descriptor()
        try:
            data = os.read(descriptor, _READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(_reason(error)) from error
        if not data and _is_gone(descriptor):
            raise self._lost("hung up")
        return data

    def write(self, data: bytes) -> int:
        """Write what fits without waiting and answer how much that was; raises PortLost."""
        try:
            return os.write(self._descriptor(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lost(_reason(error)) from error

    def close(self) -> None:
        """Give the port back; what was not sent yet is dropped, or a real UART would hold us up to 30 s."""
        port, self._serial = self._serial, None
        if port is None:
            return
        with contextlib.suppress(serial.SerialException, OSError, termios.error):
            port.reset_output_buffer()
        with contextlib.suppress(serial.SerialException, OSError, termios.error):
            port.close()

    def _descriptor(self) -> int:
        if self._serial is None:
            raise PortLost(self.trouble)
        return self._serial.fileno()

    def _lost(self, reason: str) -> PortLost:
        self.trouble = f"{self._path} is gone: {reason}"
        self.close()
        return PortLost(self.trouble)


def _is_gone(descriptor: int) -> bool:
    """Tell a hang-up from an empty read, which a terminal gives without data too."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return any(events & _GONE for _, events in poll.poll(0))


def _reason(error: Exception) -> str:
    """Say it as the system does; pyserial's own text carries the path and the number again."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else str(error)
