"""What hangs at a serial line of the Pi, a bridge with Wiegand readers or a text reader: in a thread of the test."""

import select
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from firmware_bridge.reader_options import ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.simulated_devices import make_device

PAUSE_SECONDS = 0.01
MOST_UNSAID = 4096


def a_bridge(*readers: str) -> ReaderSpec:
    """Build a bridge with these Wiegand readers."""
    wiegand = {number: ReaderOptions(name) for number, name in enumerate(readers)}
    return ReaderSpec("bridge", ReaderKind.BRIDGE, "", wiegand=wiegand)


class ReaderEnd:
    """A device at the socket of an emulated UART, or of an adapter at USB, which is plugged in with it."""

    def __init__(self, line: Path, device: ReaderSpec) -> None:
        """Plug it in."""
        self._device = make_device(device, boot=1)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(line))
        self._socket.setblocking(False)
        self._device_lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def swipe(self, reader: str, card: str) -> None:
        """Show a card."""
        wish = self._device.swipe(reader, card, copies=None)
        with self._device_lock:
            wish(time.monotonic())

    def unplug(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        """Hear and say, and never wait to say it: the Pi's processor stands still until it is heard."""
        unsaid = b""
        while not self._stop.is_set():
            heard = b""
            if select.select([self._socket], [], [], PAUSE_SECONDS)[0]:
                try:
                    heard = self._socket.recv(4096)
                except ConnectionResetError:
                    return
                if not heard:
                    return
            with self._device_lock:
                self._device.receive(heard, time.monotonic())
                unsaid = (unsaid + self._device.output(time.monotonic()))[-MOST_UNSAID:]
            with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                unsaid = unsaid[self._socket.send(unsaid) :]
