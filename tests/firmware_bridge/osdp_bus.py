"""An RS-485 line with OSDP readers at its far end, and a man in its middle: what tests of OSDP turn."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from firmware_bridge.osdp_gate import START, crc16
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    KeyPressed,
    ReaderEvent,
    ReaderOffline,
    ReaderOnline,
    ReadFault,
)
from firmware_bridge.reader_line import ReaderLine, open_line
from firmware_bridge.reader_options import ReaderKind, ReaderOptions, ReaderSpec

WAIT_SECONDS = 60.0
KEY = bytes(range(0x10, 0x20))
OTHER_KEY = bytes(range(0x70, 0x80))
T = TypeVar("T")
Middle = Callable[[bytes], Iterable[bytes]]
"""What becomes of a frame on its way: itself, nothing, another, more."""


def passed(frame: bytes) -> Iterable[bytes]:
    return (frame,)


def a_frame(address: int, sequence: int, rest: bytes, *, is_secure: bool = False) -> bytes:
    """Build a reply as anybody on the wire can."""
    head = bytes([START, address | 0x80]) + (len(rest) + 7).to_bytes(2, "little")
    raw = head + bytes([sequence | 0x04 | (0x08 if is_secure else 0)]) + rest
    return raw + crc16(raw).to_bytes(2, "little")


class Bus:
    """The wire: a pseudo-terminal at ``path``, readers that can be plugged and pulled, a man who changes frames."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._near, far = os.openpty()
        tty.setraw(self._near)
        tty.setraw(far)
        os.set_blocking(self._near, False)
        self._keep_open = far
        path.symlink_to(os.ttyname(far))
        self._far: list[_Plugged] = []
        self.to_reader: Middle = passed
        self.to_panel: Middle = passed
        self.asked: list[bytes] = []
        self.answered: list[bytes] = []
        self._from_panel = bytearray()

    def plug(self, *readers: Mapping[str, object]) -> "_Plugged":
        """Put readers on the wire; those of one call share a process."""
        plugged = _Plugged(readers)
        self._far.append(plugged)
        return plugged

    def pull(self, plugged: "_Plugged") -> None:
        """Take them away, without a word."""
        self._far.remove(plugged)
        plugged.close()

    def say(self, frame: bytes) -> None:
        """Say something to the panel, as anybody on the wire can."""
        os.write(self._near, frame)

    def pump(self) -> None:
        """Carry what is on its way."""
        with contextlib.suppress(BlockingIOError):
            self._from_panel += os.read(self._near, 4096)
        for frame in _frames(self._from_panel):
            self.asked.append(frame)
            for sent in self.to_reader(frame):
                for plugged in self._far:
                    plugged.hear(sent)
        for plugged in self._far:
            for frame in plugged.said():
                self.answered.append(frame)
                for sent in self.to_panel(frame):
                    self.say(sent)

    def close(self) -> None:
        """Leave nothing running."""
        for plugged in tuple(self._far):
            self.pull(plugged)
        self.path.unlink(missing_ok=True)
        os.close(self._near)
        os.close(self._keep_open)


class _Plugged:
    def __init__(self, readers: Iterable[Mapping[str, object]]) -> None:
        self._socket, far = socket.socketpair()
        command = [sys.executable, "-m", "tests.firmware_bridge.osdp_far_end", str(far.fileno())]
        self._process = subprocess.Popen(
            [*command, json.dumps(list(readers))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[far.fileno()],
            cwd=Path(__file__).parents[2],
        )
        far.close()
        self._socket.setblocking(False)
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._bytes = bytearray()
        self._lines = bytearray()
        self._got: list[dict[str, Any]] = []

    def hear(self, frame: bytes) -> None:
        self._socket.send(frame)

    def said(self) -> list[bytes]:
        with contextlib.suppress(BlockingIOError):
            self._bytes += self._socket.recv(4096)
        return _frames(self._bytes)

    def do(self, address: int, do: str, **more: object) -> None:
        """Let one of the readers tell something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"address": address, "do": do, **more}).encode() + b"\n")
        self._process.stdin.flush()

    def card(self, address: int, bits: str) -> None:
        """Show a card at a reader."""
        padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
        self.do(address, "card", bits=len(bits), data=int(padded, 2).to_bytes(len(padded) // 8).hex())

    def got(self) -> list[dict[str, Any]]:
        """Return the commands that the readers have carried out, and when their channels began to stand."""
        assert self._process.stdout is not None
        while select.select([self._process.stdout], [], [], 0)[0]:
            data = os.read(self._process.stdout.fileno(), 65536)
            if not data:
                break
            *lines, rest = bytes(self._lines + data).split(b"\n")
            self._lines = bytearray(rest)
            self._got += [json.loads(line) for line in lines]
        return self._got

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait(timeout=WAIT_SECONDS)
        self._process.stdin.close()
        self._process.stdout.close()
        self._socket.close()


def _frames(buffer: bytearray) -> list[bytes]:
    """Take whole frames, with the mark before each, out of bytes of an undisturbed line."""
    frames = []
    while (start := buffer.find(START)) >= 0 and len(buffer) >= start + 4:
        end = start + int.from_bytes(buffer[start + 2 : start + 4], "little")
        if len(buffer) < end:
            break
        frames.append(bytes(buffer[:end]))
        del buffer[:end]
    return frames


def _empty(answered: Iterable[bytes]) -> set[int]:
    """Name the addresses that have acknowledged something within their channels, as polls are."""
    frames = [frame[frame.index(START) :] for frame in answered]
    return {frame[1] & 0x7F for frame in frames if frame[5:8] == bytes([2, 0x16, 0x40])}


class LineRig:
    """A line of OSDP readers as the door turns it, and its bus."""

    def __init__(
        self, folder: Path, readers: Mapping[int, ReaderOptions], keys: Mapping[str, bytes], *, open_now: bool = True
    ) -> None:
        self.bus = Bus(folder / "tty")
        spec = ReaderSpec("gate", ReaderKind.OSDP, str(folder / "tty"), wiegand=readers)
        self.line: ReaderLine = open_line(spec, keys)
        self._addresses = {options.name: address for address, options in readers.items()}
        self.events: list[ReaderEvent] = []

    @property
    def protocol(self) -> OsdpProtocol:
        protocol = self.line._protocol
        assert isinstance(protocol, OsdpProtocol)
        return protocol

    def turn(self) -> None:
        """Do what the door's loop does within 10 ms."""
        self.bus.pump()
        descriptor = self.line.fileno()
        if descriptor is not None and select.select([descriptor], [], [], 0.005)[0]:
            self.events += self.line.receive(time.monotonic())
        self.events += self.line.tick(time.monotonic())

    def until(self, happens: Callable[[], T | None], *, what: str, seconds: float = WAIT_SECONDS) -> T:
        """Turn until something is true."""
        deadline = time.monotonic() + seconds
        while not (answer := happens()):
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}: {self.events}"
            self.turn()
        return answer

    def turn_for(self, seconds: float) -> None:
        """Turn for so long: for what must not happen."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.turn()

    def wait_online(self, *readers: str) -> None:
        """Wait until these readers' secure channels stand, whatever was before, and nothing waits in them."""
        self.until(lambda: all(self.is_online(each) for each in readers), what=f"{readers} online")
        before, addresses = len(self.bus.answered), {self._addresses[each] for each in readers}
        self.until(lambda: addresses <= _empty(self.bus.answered[before:]), what=f"nothing to tell of {readers}")

    def is_online(self, reader: str) -> bool:
        """Tell whether the newest that was told of a reader is that it answers."""
        told = [event for event in self.events if hasattr(event, "reader") and event.reader == reader]
        states = [event for event in told if type(event).__name__ in ("ReaderOnline", "ReaderOffline")]
        return bool(states) and isinstance(states[-1], ReaderOnline)

    def show(self, far: "_Plugged", address: int, bits: str) -> None:
        """Show a card until it is read: a machine that stands still for 200 ms costs a reply, and the card in it."""
        read = len(self.cards())
        while len(self.cards()) == read:
            far.card(address, bits)
            self.until(partial(self._is_read_or_lost, read, self._losses()), what="a card")
            self.turn_for(0.0 if len(self.cards()) > read else 0.5)

    def _is_read_or_lost(self, read: int, losses: int) -> bool:
        return len(self.cards()) > read or self._losses() > losses

    def _losses(self) -> int:
        return sum(isinstance(event, ReaderOffline) for event in self.events) + len(self.stale())

    def stale(self) -> list[ReadFault]:
        """Return the cards and keys that may have waited in their readers."""
        return [event for event in self.events if isinstance(event, ReadFault) and event.kind is FaultKind.STALE]

    def cards(self) -> list[tuple[str, str]]:
        """Return the cards that came, with their readers."""
        return [(event.reader, event.card) for event in self.events if isinstance(event, CardRead)]

    def keys(self) -> str:
        """Return the keys that came."""
        return "".join(event.key for event in self.events if isinstance(event, KeyPressed))

    def close(self) -> None:
        """Leave nothing open."""
        self.line.close()
        self.bus.close()
