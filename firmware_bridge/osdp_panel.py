"""libosdp's control panel, turned by whoever owns it: no thread, bytes through memory, what it tells in a queue.

Each reader of a line stands in one panel with a key of its own and ENFORCE_SECURE: without a secure channel by that
key it is not online, and the library takes no event from it. What the wire says comes through the gate.
"""

import importlib
import importlib.util
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware_bridge.osdp_random import random_state

_CHANNEL = 1
"""Readers of one line share it; the library's lock for it does not work with 0."""
KEYSET_COMMAND, STATUS_COMMAND = 5, 9
LOCAL = 2
"""As the library numbers commands, and the state of housing and supply."""
_QUIET = 0
_REFUSED = 1
LEDS, BUZZER = 4, 5
"""Capabilities of a reader (SIA OSDP 2.2, annex B)."""


class PanelBroken(Exception):
    """The library failed; make a new panel."""


@dataclass(frozen=True, slots=True)
class PanelReader:
    """A reader as the library must know it; while it is paired it need not have its key yet."""

    address: int
    key: bytes = field(repr=False)
    is_pairing: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of the reader at an address, as the library tells it."""

    address: int
    event: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """A command to the reader at an address is over: it was carried out, refused, or came to nothing."""

    address: int
    command: int
    is_refused: bool


def is_installed() -> bool:
    """Tell whether the library is there; `osdp` on PyPI is another one, with another module inside."""
    return importlib.util.find_spec("osdp_sys") is not None


class _Channel:
    """What the library reads and writes: two buffers, of which it never waits for more."""

    id = _CHANNEL

    def __init__(self) -> None:
        self.arrived = bytearray()
        self.written: deque[bytes] = deque()

    def read(self, most: int) -> bytes:
        data = bytes(self.arrived[:most])
        del self.arrived[:most]
        return data

    def write(self, data: bytes) -> int:
        self.written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        self.arrived.clear()


class Panel:
    """One line's panel; ``turn`` it every 10 to 50 ms, a stall of more than 200 ms costs a reply."""

    def __init__(self, readers: Sequence[PanelReader]) -> None:
        """Begin with every reader offline. Raises PanelBroken and NoRandomness."""
        self._random = random_state()
        self._library = importlib.import_module("osdp_sys")
        self._channel = _Channel()
        self._addresses = tuple(reader.address for reader in readers)
        self._told: deque[Heard | Ended] = deque()
        try:
            self._library.set_loglevel(_QUIET)
            self._panel = self._library.ControlPanel([self._described(reader) for reader in readers])
            self._panel.set_event_callback(self._take_event)
            self._panel.set_command_completion_callback(self._take_outcome)
        except Exception as error:
            raise PanelBroken(f"libosdp: {error}") from error

    def turn(self) -> None:
        """Let the library go one step on. Raises PanelBroken."""
        self._random.refill()
        try:
            self._panel.refresh()
        except Exception as error:
            raise PanelBroken(f"libosdp: {error}") from error

    def arrived(self, frame: bytes) -> None:
        """Hand the library a reply."""
        self._channel.arrived += frame

    def written(self) -> Iterator[bytes]:
        """Take the commands that the library has written, each whole."""
        while self._channel.written:
            yield self._channel.written.popleft()

    def told(self) -> Iterator[Heard | Ended]:
        """Take what the library has told, in its order."""
        while self._told:
            yield self._told.popleft()

    def is_secure(self, address: int) -> bool:
        """Tell whether a reader is online, with a secure channel."""
        bit = 1 << self._addresses.index(address)
        return bool(self._panel.sc_status() & self._panel.status() & bit)

    def disable(self, address: int) -> None:
        """Let a reader go, with what waits for it; after ``enable`` it begins anew, not after the library's 300 s."""
        self._panel.flush_commands(self._addresses.index(address))
        self._panel.disable_pd(self._addresses.index(address))

    def enable(self, address: int) -> bool:
        """Take a reader up again; False while the library has not let it go yet."""
        return bool(self._panel.enable_pd(self._addresses.index(address)))

    def has(self, address: int, capability: int) -> bool:
        """Tell whether a reader has said that it can do something."""
        level, _ = self._panel.check_capability(self._addresses.index(address), capability)
        return bool(level)

    def submit(self, address: int, command: Mapping[str, object]) -> bool:
        """Queue a command for a reader that is online; never within an event of the library."""
        return bool(self._panel.submit_command(self._addresses.index(address), dict(command)))

    def set_key(self, address: int, key: bytes) -> bool:
        """Give a reader with a secure channel another key."""
        return self.submit(address, {"command": KEYSET_COMMAND, "type": 1, "data": key})

    def ask_state(self, address: int) -> bool:
        """Ask a reader for the state of its housing and supply (LSTAT); it comes as an event."""
        return self.submit(address, {"command": STATUS_COMMAND, "type": LOCAL, "report": b""})

    def _described(self, reader: PanelReader) -> dict[str, object]:
        secure = 0 if reader.is_pairing else self._library.FLAG_ENFORCE_SECURE
        return {
            "name": f"at {reader.address}",
            "address": reader.address,
            "flags": secure,
            "scbk": reader.key,
            "channel": self._channel,
        }

    def _take_event(self, index: int, event: Mapping[str, Any]) -> int:
        self._told.append(Heard(self._addresses[index], event))
        return 0

    def _take_outcome(self, index: int, command: Mapping[str, Any], outcome: int) -> None:
        self._told.append(Ended(self._addresses[index], command.get("command", 0), outcome == _REFUSED))
