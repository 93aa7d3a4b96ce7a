"""The other end of a reader's serial line on a real pty: for the demo, `doorctl simulate` and tests.

A loop calls `serve` often (every 10 ms, or when `fileno` is readable); nothing here waits.
"""

import contextlib
import os
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path

from firmware_bridge.reader_options import ReaderSpec
from firmware_bridge.reader_protocol import Indication
from firmware_bridge.simulated_devices import make_device
from firmware_bridge.supervised_line import LineState

_READ_SIZE = 4096
_OUTPUT_LIMIT = 65536
_REMEMBERED = 1000


class PathTaken(Exception):
    """Something that is not our link stands at the reader's path."""


class SimulatedReader:
    """A device on a pty; a symlink at the line's path leads to the host's side of it."""

    def __init__(self, spec: ReaderSpec) -> None:
        self._spec = spec
        self._boots = 0
        self._ends: tuple[int, int] | None = None
        self._output = bytearray()
        self._wishes: deque[Callable[[float], None]] = deque()
        self.indications: deque[tuple[str, Indication]] = deque(maxlen=_REMEMBERED)
        self.replug()

    def fileno(self) -> int | None:
        """Answer the descriptor to wait for, None while unplugged."""
        return self._ends[0] if self._ends else None

    def swipe(self, reader: str, card: str, *, copies: int | None = None) -> None:
        """Present a card at the next `serve`; raises UnknownReader, UnknownFormat or CardDoesNotFit now.

        A card behind a bridge may also be bits. `copies` is how often it is sent (default: a normal swipe).
        """
        self._wishes.append(self.device.swipe(reader, card, copies=copies))

    def press(self, reader: str, keys: str) -> None:
        """Press keys, such as `1234#`, at the next `serve`; raises UnknownReader, NoKeypad or ValueError now."""
        self._wishes.append(self.device.press(reader, keys))

    def set_line(self, name: str, state: LineState) -> None:
        """Have a supervised line tell a state from the next `serve` on; raises NoSuchLine now."""
        self._wishes.append(self.device.set_line(name, state))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are: noise, half frames."""
        self._wishes.append(lambda _: self._output.extend(data))

    def serve(self, now: float) -> None:
        """Hear the host, do what was wished, send what is due; never waits."""
        if self._ends is None:
            return
        while self._wishes:
            self._wishes.popleft()(now)
        with contextlib.suppress(BlockingIOError):
            self.indications.extend(self.device.receive(os.read(self._ends[0], _READ_SIZE), now))
        self._output += self.device.output(now)
        self._write()

    def unplug(self) -> None:
        """Take the device away as pulling its cable does."""
        if self._ends is None:
            return
        with contextlib.suppress(FileNotFoundError):
            self._link.unlink()
        for end in self._ends:
            os.close(end)
        self._ends = None
        self._output.clear()
        self._wishes.clear()

    def replug(self) -> None:
        """Bring the device back, freshly started; raises PathTaken."""
        self.unplug()
        self._boots += 1
        self.device = make_device(self._spec, boot=self._boots)
        if self._link.exists() and not self._link.is_symlink():
            raise PathTaken(f"{self._link} exists and is no link: a simulated reader never replaces it")
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        self._ends = near, far
        with contextlib.suppress(FileNotFoundError):
            self._link.unlink()
        self._link.symlink_to(os.ttyname(far))

    @property
    def _link(self) -> Path:
        return Path(self._spec.path)

    def _write(self) -> None:
        if not self._output or self._ends is None:
            return
        with contextlib.suppress(BlockingIOError):
            del self._output[: os.write(self._ends[0], self._output)]
        del self._output[_OUTPUT_LIMIT:]
