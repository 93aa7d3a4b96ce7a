"""The far end of a reader's serial line on a pty, which tells when its last byte was written."""

import os
import time
import tty
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from firmware_bridge.bridge_messages import Buzz, SetLed, burst_of, pack
from firmware_bridge.device_protocol import DeviceProtocol
from firmware_bridge.framing import encode_frame
from firmware_bridge.wiegand import frame_of_card

_READ_SIZE = 4096


class Terminal(ABC):
    """A raw pty, of which a link at a path leads to the other side, and what stands at this one."""

    def __init__(self, path: Path) -> None:
        """Make the pty and the link."""
        self.near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(self.near, False)
        path.unlink(missing_ok=True)
        path.symlink_to(os.ttyname(far))

    def fileno(self) -> int:
        """Readable when the other side has written."""
        return self.near

    def write(self, data: bytes) -> float:
        """Write all bytes at once; return the monotonic time at which that began."""
        written_at = time.monotonic()
        if not data or os.write(self.near, data) < len(data):
            raise RuntimeError("the line took no swipe: the one before is not acknowledged")
        return written_at

    @abstractmethod
    def serve(self) -> list[SetLed | Buzz]:
        """Hear the host and send what is due; return what the host wants shown."""

    @abstractmethod
    def present(self, card: str) -> float:
        """Swipe a badge; return when its bytes were written."""


class BadgeLine(Terminal):
    """Our microcontroller with one Wiegand reader."""

    def __init__(self, path: Path) -> None:
        """Start the microcontroller."""
        super().__init__(path)
        self._device = DeviceProtocol(boot=1, readers=1)

    @property
    def is_online(self) -> bool:
        """Whether a host has opened a session and will take a swipe."""
        return self._device.has_host

    def serve(self) -> list[SetLed | Buzz]:
        """Hear the host and send what is due; return what the host wants shown."""
        now = time.monotonic()
        shown: list[SetLed | Buzz] = []
        with suppress(BlockingIOError):
            shown = self._device.receive(os.read(self.near, _READ_SIZE), now)
        self._device.tick(now)
        if data := self._device.data_to_send(now):
            self.write(data)
        return shown

    def present(self, card: str) -> float:
        """Swipe a badge; return when its bytes were written."""
        now = time.monotonic()
        self._device.burst(0, frame_of_card(card), now)
        return self.write(self._device.data_to_send(now))


class FloorLine(Terminal):
    """Sends the same bytes to somebody who answers nothing."""

    def serve(self) -> list[SetLed | Buzz]:
        """Hear nothing and send nothing by itself."""
        with suppress(BlockingIOError):
            os.read(self.near, _READ_SIZE)
        return []

    def present(self, card: str) -> float:
        """Swipe a badge; return when its bytes were written."""
        return self.write(encode_frame(pack(burst_of(0, frame_of_card(card), age_ms=0), 0)))
