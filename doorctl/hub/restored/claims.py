"""What controllers say they know more than the hub: how long it waits for the proof, and what it holds back.

1. A claim is waited for ``CLAIM_SECONDS``, once for each controller and start. A change that comes back begins the
   time anew for all of them: the proof is flowing.
2. With the first change that came back it is certain that the hub has lost some. What was claimed by then is taken
   for true from then on, over restarts, too, and is waited for as long as it takes.
3. The time is the sum of the steps between ticks, at most a second each: no jump of the wall clock ends it.
4. Beside a claim that nobody has proven, reductions go on only while another controller follows our history: for one
   whose claim is true they would be a second history.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from doorctl.journal import Level, say

CLAIM_SECONDS = 20
LONGEST_STEP_SECONDS = 1.0

_KEEP = "INSERT INTO claims (controller, epoch, revision) VALUES (?, ?, ?)"
_IS_TRUE = "UPDATE claims SET is_true = 1, revision = ? WHERE controller = ?"


def claimants(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Name the controllers that claim something."""
    return tuple(
        controller for (controller,) in connection.execute("SELECT controller FROM claims ORDER BY controller")
    )


class Claims:
    """Who says that there are changes that the hub lacks, and up to which revision."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Go on with what was claimed before the hub stopped, and wait for it once more."""
        self._connection = connection
        rows = connection.execute("SELECT controller, revision, is_true FROM claims").fetchall()
        self._claims: dict[str, int] = {controller: revision for controller, revision, _ in rows}
        self._true = {controller for controller, _, is_true in rows if is_true}
        self._patience = dict.fromkeys(self._claims, float(CLAIM_SECONDS))
        self._heard_out: set[str] = set()
        self._followers: set[str] = set()
        self._ticked_at: datetime | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is claimed."""
        return bool(self._claims)

    @property
    def controllers(self) -> list[str]:
        """Who claims something."""
        return sorted(self._claims)

    @property
    def highest(self) -> int:
        """The highest revision that is claimed."""
        return max(self._claims.values(), default=0)

    @property
    def is_awaited(self) -> bool:
        """Whether to wait for the proof of any claim."""
        return bool(self._patience or self._true)

    @property
    def is_contradicting(self) -> bool:
        """Whether something is claimed, and no other controller follows our history."""
        return bool(self._claims) and not self._followers

    def add(self, controller: str, revision: int, *, epoch: int) -> bool:
        """Take a claim; True if it is the first that this controller makes."""
        self._followers.discard(controller)
        if controller in self._claims:
            self._claims[controller] = max(revision, self._claims[controller])
            return False
        self._claims[controller] = revision
        self._connection.execute(_KEEP, (controller, epoch, revision))
        if controller not in self._heard_out:
            self._patience[controller] = CLAIM_SECONDS
        return True

    def follows(self, controller: str, revision: int) -> None:
        """Take it that our history leads to a controller's revision: what it claimed up to there is settled."""
        if self._claims.get(controller, -1) <= revision:
            self._followers.add(controller)
            self._forget(controller)

    def came_back(self, revision: int) -> None:
        """Take it that lost changes have come back, up to a revision of ours: what is claimed beyond is true."""
        for controller in [each for each, claimed in self._claims.items() if claimed <= revision]:
            self._forget(controller)
        self._true = set(self._claims)
        self._patience = dict.fromkeys(self._claims, float(CLAIM_SECONDS))
        true = [(revision, controller) for controller, revision in self._claims.items()]
        self._connection.executemany(_IS_TRUE, true)

    def clear(self) -> None:
        """Forget what was claimed of an epoch that is over; the caller owns the transaction."""
        self._connection.execute("DELETE FROM claims")
        self._claims.clear()
        self._patience.clear()
        self._true.clear()

    def tick(self, trusted: Iterable[str], at: datetime) -> None:
        """Let time pass; forget the claims of those whom trust does not name."""
        for controller in set(self._claims) - set(trusted):
            self._forget(controller)
        step = 0.0 if self._ticked_at is None else (at - self._ticked_at).total_seconds()
        self._ticked_at = at
        for controller in list(self._patience):
            self._patience[controller] -= min(max(step, 0.0), LONGEST_STEP_SECONDS)
            if self._patience[controller] <= 0:
                self._lose_patience(controller)

    def _lose_patience(self, controller: str) -> None:
        del self._patience[controller]
        self._heard_out.add(controller)
        revision = self._claims[controller]
        if controller in self._true:
            say("claim_outstanding", Level.ALARM, controller=controller, revision=revision)
        else:
            say("claim_unproven", Level.ALARM, controller=controller, revision=revision)

    def _forget(self, controller: str) -> None:
        if self._claims.pop(controller, None) is None:
            return
        self._patience.pop(controller, None)
        self._true.discard(controller)
        self._connection.execute("DELETE FROM claims WHERE controller = ?", (controller,))
