"""A keeper's end of the bell in the test's hand: what it rings, and what the door says."""

import select
import socket
import time
from pathlib import Path
from typing import TypeVar

from doorctl.clock import TRUSTED, boottime
from doorctl.places import RunSocket
from doorctl.wire.bell import MAX_BELL_BYTES, Confirmed, FromDoor, FromKeeper, InForce, decode_from_door, encode

WAIT_SECONDS = 60.0

P = TypeVar("P", bound=FromDoor)


class KeeperBell:
    """Listens from the start on; the door connects when it runs."""

    def __init__(self, run_dir: Path) -> None:
        """Listen in this folder."""
        path = run_dir / RunSocket.BELL
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._door: socket.socket | None = None
        self.heard: list[FromDoor] = []

    def is_connected(self) -> bool:
        """Take the door's connection, if it is there."""
        if self._door is None and select.select([self._listener], [], [], 0)[0]:
            self._door, _ = self._listener.accept()
            self._door.setblocking(False)
        return self._door is not None

    def say(self, *packets: FromKeeper) -> None:
        """Ring, once the door is there."""
        for packet in packets:
            self.say_raw(encode(packet))

    def say_raw(self, data: bytes) -> None:
        """Send any bytes, once the door is there."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.is_connected():
            if time.monotonic() > deadline:
                raise AssertionError("the door does not connect to the bell")
            time.sleep(0.002)
        assert self._door is not None
        self._door.send(data)

    def confirm(self, *, age_seconds: float = 0.0) -> None:
        """Say that the hub has answered a question of so long ago, and that its clock is ours."""
        self.say(Confirmed(boottime() - age_seconds, int(time.time())))

    def make_clock_trusted(self, *, age_seconds: float = 0.0) -> None:
        """Confirm the policy and the clock, and wait until the door says that it believes its clock."""
        self.confirm(age_seconds=age_seconds)
        while self.hear(InForce).clock not in TRUSTED:
            pass

    def hear(self, kind: type[P], *, seconds: float = WAIT_SECONDS) -> P:
        """Wait until the door says something of this kind that was not heard before; return it."""
        deadline = time.monotonic() + seconds
        while (packet := self.take(kind)) is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"the door has not said {kind.__name__}")
            time.sleep(0.001)
        return packet

    def take(self, kind: type[P]) -> P | None:
        """Return the first packet of a kind that the door has said, once; None while there is none."""
        self._receive()
        found = next((packet for packet in self.heard if isinstance(packet, kind)), None)
        if found is not None:
            self.heard.remove(found)
        return found

    def hang_up(self) -> None:
        """Let go of the door; it may connect again."""
        if self._door is not None:
            self._door.close()
        self._door = None

    def close(self) -> None:
        """End listening, too."""
        self.hang_up()
        self._listener.close()

    def _receive(self) -> None:
        while self.is_connected() and self._door is not None:
            try:
                data = self._door.recv(MAX_BELL_BYTES)
            except BlockingIOError:
                return
            if not data:
                self.hang_up()
                return
            self.heard.append(decode_from_door(data))
