"""A board without pins: it obeys like the real one and says each change as a JSON line to file and socket.

Rules:
1. A change is one line, written by one system call per file and watcher before the call that made it returns.
2. What is asked for but already so is no change and writes nothing.
3. A full disk or slow watcher loses lines (`lost_changes` counts the file's), never delays or fails a strike.
The lines are described in `docs/board.md`.
"""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from hardware.board import BoardError, BoardNotOpenError, BoardUnavailableError, UnknownNameError, named
from hardware.pins import Layout, StrikeState
from hardware.watch_socket import WatchSocket

Change = Mapping[str, object]
NOT_A_REQUEST = 'not understood: send {"input": NAME, "active": true|false} and a line feed'


class SimulatedBoard:
    """A `Board` that others can watch, and whose inputs they can drive."""

    def __init__(
        self,
        layout: Layout,
        *,
        changes: Path | None = None,
        socket: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._strikes = {strike.name: strike for strike in layout.strikes}
        self._indicators = {indicator.name: indicator for indicator in layout.indicators}
        self._inputs = {item.name: item for item in layout.inputs}
        self._file = _ChangeFile(changes) if changes else None
        self._watchers = WatchSocket(socket) if socket else None
        self._clock = clock
        self._is_open = False

    @property
    def lost_changes(self) -> int:
        """Count the lines that the file could not take."""
        return self._file.lost if self._file else 0

    def open(self) -> None:
        """Start with strikes secured, indicators off and inputs inactive, and write all of it to the file."""
        if self._is_open:
            raise BoardError("the simulated board is already open: close it first")
        self._states = dict.fromkeys(self._strikes, StrikeState.SECURED)
        self._shown = dict.fromkeys(self._indicators, False)
        self._active = dict.fromkeys(self._inputs, False)
        if self._watchers:
            self._watchers.open()
        try:
            if self._file:
                self._file.open()
        except BoardUnavailableError:
            if self._watchers:
                self._watchers.close()
            raise
        self._is_open = True
        if self._file:
            self._file.append(self._everything())

    def drive(self, strike: str, state: StrikeState) -> None:
        """Put the strike into `state` and say so before returning."""
        self._require_open()
        named(self._strikes, strike, kind="strike")
        if self._states[strike] is not state:
            self._states[strike] = state
            self._say(self._strike_change(strike))

    def show(self, indicator: str, on: bool) -> None:
        """Switch the indicator on or off and say so before returning."""
        self._require_open()
        named(self._indicators, indicator, kind="indicator")
        if self._shown[indicator] is not on:
            self._shown[indicator] = on
            self._say(self._indicator_change(indicator))

    def set_input(self, name: str, active: bool) -> None:
        """Make an input active or inactive, as a contact or a button would."""
        self._require_open()
        named(self._inputs, name, kind="input")
        if self._active[name] is not active:
            self._active[name] = active
            self._say(self._input_change(name))

    def sample(self) -> Mapping[str, bool]:
        """Read every input now, by name; True is active."""
        self._require_open()
        return self._active.copy()

    def filenos(self) -> Sequence[int]:
        """Name the one descriptor that is readable when a watcher connects or writes."""
        return (self._watchers.fileno(),) if self._watchers and self._is_open else ()

    def serve(self) -> None:
        """Welcome new watchers with the state of everything and do what watchers ask."""
        self._require_open()
        if self._watchers:
            self._watchers.serve(greet=self._everything, hear=self._hear)

    def close(self) -> None:
        """Put strikes into their `on_process_loss` state, indicators off, and leave file and socket."""
        if not self._is_open:
            return
        for strike in self._strikes.values():
            self.drive(strike.name, strike.on_process_loss)
        for indicator in self._indicators:
            self.show(indicator, on=False)
        self._is_open = False
        if self._file:
            self._file.close()
        if self._watchers:
            self._watchers.close()

    def _require_open(self) -> None:
        if not self._is_open:
            raise BoardNotOpenError("the simulated board is not open: call open() first")

    def _strike_change(self, name: str) -> Change:
        state = self._states[name]
        return {"strike": name, "state": state, "level": int(self._strikes[name].level(state))}

    def _indicator_change(self, name: str) -> Change:
        on = self._shown[name]
        return {"indicator": name, "on": on, "level": int(self._indicators[name].level(on))}

    def _input_change(self, name: str) -> Change:
        active = self._active[name]
        return {"input": name, "active": active, "level": int(self._inputs[name].level(active))}

    def _everything(self) -> bytes:
        changes = (
            *map(self._strike_change, self._strikes),
            *map(self._indicator_change, self._indicators),
            *map(self._input_change, self._inputs),
        )
        now = self._clock()
        return _lines({"t": now, **change, "initial": True} for change in changes)

    def _say(self, change: Change) -> None:
        line = _lines([{"t": self._clock(), **change}])
        if self._file:
            self._file.append(line)
        if self._watchers:
            self._watchers.tell(line)

    def _hear(self, line: bytes) -> bytes | None:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            request = None
        match request:
            case {"input": str(name), "active": bool(active), **rest} if not rest:
                return self._obey(name, active=active)
            case _:
                return _lines([{"error": NOT_A_REQUEST}])

    def _obey(self, name: str, *, active: bool) -> bytes | None:
        try:
            self.set_input(name, active)
        except UnknownNameError as error:
            return _lines([{"error": str(error)}])
        return None


class _ChangeFile:
    """An append-only file of lines that survives a full disk with nothing worse than missing lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._torn = False
        self.lost = 0

    def open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            self._descriptor = os.open(self._path, flags, mode=0o600)
        except OSError as error:
            raise BoardUnavailableError(
                f"cannot write {self._path}: {error}: choose another path for the board's changes"
            ) from error

    def append(self, lines: bytes) -> None:
        data = b"\n" + lines if self._torn else lines
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            written = 0
        if written < len(data):
            self._torn = self._torn or written > 0
            self.lost += 1
        else:
            self._torn = False

    def close(self) -> None:
        os.close(self._descriptor)


def _lines(values: Iterable[Change]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()
