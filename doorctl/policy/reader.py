"""The door's view of policy.db: which file is the policy now, and has it changed.

The policy is a symbolic link to a database file; a snapshot is a new file and a renamed link. Any error means
the policy is unavailable: the door denies, closes the file, and looks again at the next question.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from doorctl.core.request import NO_POLICY, AccessRequest, Facts
from doorctl.database import open_reader
from doorctl.errors import PolicyUnavailable
from doorctl.policy.building import Building, PolicyPosition
from doorctl.policy.facts import FactsReader, Rosters

_UNREADABLE = (OSError, sqlite3.Error, ValueError)  # ValueError: SQLite quotes a damaged file, which is not UTF-8


class PolicyReader:
    """Reads the policy that another process writes; never fails, never waits long."""

    def __init__(self, link: Path, *, rosters: Rosters | None = None) -> None:
        """Read the policy that this link leads to, now or later."""
        self._link = link
        self._rosters = rosters
        self._target: str | None = None
        self._connection: sqlite3.Connection | None = None
        self._reader: FactsReader | None = None
        self.why_unavailable = "not read yet"

    def facts(self, request: AccessRequest) -> tuple[Facts, PolicyPosition | None]:
        """Return what is known about a request, or ``NO_POLICY`` while the policy cannot be read."""
        (facts,), position = self.facts_together((request,))
        return facts, position

    def facts_together(self, requests: Sequence[AccessRequest]) -> tuple[tuple[Facts, ...], PolicyPosition | None]:
        """Return what one and the same revision knows about each of several requests, or ``NO_POLICY`` of all."""
        try:
            return self._open_reader().facts_together(requests)
        except PolicyUnavailable as error:
            self._let_go(error)
            return (NO_POLICY,) * len(requests), None

    def building(self) -> Building | None:
        """Return what is in force, None while nothing is; cheap enough for 20 times a second."""
        try:
            return self._open_reader().building()
        except PolicyUnavailable as error:
            self._let_go(error)
            return None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._reader = self._target = None

    def _open_reader(self) -> FactsReader:
        try:
            target = str(self._link.readlink())
            if self._reader is None or target != self._target:
                self.close()
                self._connection = open_reader(self._link.parent / target)
                self._reader = FactsReader(self._connection, rosters=self._rosters, file=target)
                self._target = target
        except _UNREADABLE as error:
            raise PolicyUnavailable(f"policy.db cannot be opened ({error})") from error
        return self._reader

    def _let_go(self, why: PolicyUnavailable) -> None:
        self.why_unavailable = str(why)
        self.close()
