"""What a damaged audit.db remembers, carried over into the one that takes its place."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from doorctl.audit.occupancy import write_kept
from doorctl.audit.state import (
    ROSTERS,
    Brought,
    ConfigSeen,
    Erased,
    FireKept,
    Memory,
    Remembered,
    RosterAccepted,
    UseKept,
    WrongPinsKept,
    read_memory,
    remember,
    rosters_in,
    rows_of,
)
from doorctl.wire.roster import RosterVersion


class Rescue:
    """Holds in memory what an audit.db remembers, to be written again into the one that takes its place."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rosters: dict[str, RosterVersion] = {}
        self._owed = Memory()

    def go_on_from(self, connection: sqlite3.Connection) -> None:
        """An intact log was opened. Raises whatever comes of it where it is not."""
        self._rosters |= rosters_in(rows_of(connection, ROSTERS))

    def begin(self, path: Path) -> None:
        """A damaged log is put aside: keep what can be read of it, and what was known of it before."""
        read = read_memory(path)
        newer = {zone: it for zone, it in read.rosters.items() if it.version >= self._version(zone)}
        self._rosters |= newer
        self._owed = replace(read, rosters=dict(self._rosters))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write it in the caller's transaction. Raises sqlite3.Error."""
        for answer, record in self._owed.orders.values():
            remember(connection, answer, record=record)
        for zone, version in self._owed.rosters.items():
            remember(connection, RosterAccepted(zone, version), record=0)
        if self._owed.config:
            remember(connection, ConfigSeen(self._owed.config), record=0)
        for (escort, visitor), last in self._owed.brought.items():
            remember(connection, Brought(escort, visitor, last), record=0)
        for holder in self._owed.erased:
            remember(connection, Erased(holder), record=0)
        if self._owed.wrong_pins:
            remember(connection, WrongPinsKept(self._owed.wrong_pins), record=0)
        for limits, used in self._owed.uses.items():
            remember(connection, UseKept(limits, used.holder, used.count, used.first), record=0)
        for mode, _ in self._owed.modes.values():
            remember(connection, mode, record=0)
        write_kept(connection, self._owed.occupancy)
        if self._owed.burning:
            remember(connection, FireKept(burning=True), record=0)

    def committed(self, what: Iterable[Remembered]) -> None:
        """That transaction is on disk, and this with it."""
        self._owed = Memory()
        for each in what:
            if isinstance(each, RosterAccepted) and each.version.version >= self._version(each.zone):
                self._rosters[each.zone] = each.version

    def _version(self, zone: str) -> int:
        return self._rosters.get(zone, RosterVersion()).version
