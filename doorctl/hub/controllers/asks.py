"""What controllers have asked lately: a question counts once, and one answer serves all who lack the same.

Whoever recorded a question can say it again at any time: it would make the hub publish what nobody lacks, as often
as they like, and a controller that is dead look alive. A keeper that asks again has a fresh nonce.
"""

import sqlite3
from collections import OrderedDict
from datetime import datetime, timedelta

from doorctl.errors import Refused
from doorctl.hub.allowance import Allowance
from doorctl.wire.messages import Ask

NONCES_KEPT = 2048
"""So many questions of each controller are remembered: more than a day of them, at one a minute."""
NOTES_PER_SECOND = 64
"""So many delta notes and chunks one controller's questions are worth: a stolen one shall not flood the site."""
SHARED = timedelta(seconds=0.5)
"""How long what was given counts as given to all; a keeper that missed it asks again a second later."""

_OLD = (
    "DELETE FROM asked_nonces WHERE position IN (SELECT position FROM (SELECT position, "
    "row_number() OVER (PARTITION BY controller ORDER BY position DESC) AS age FROM asked_nonces) WHERE age > ?)"
)


def is_shared(given: datetime, at: datetime) -> bool:
    """Tell whether what was given then still counts as given to all; a clock that was set back ends that."""
    return given <= at < given + SHARED


class Asks:
    """The memory for questions; what is new in it is written down about once a second."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Begin with the questions that were written down."""
        self._nonces: dict[str, OrderedDict[str, None]] = {}
        self._fresh: list[tuple[str, str]] = []
        self._given: dict[tuple[int, int], datetime] = {}
        self._trust_given: datetime | None = None
        self.notes = Allowance(NOTES_PER_SECOND, seconds=1)
        for controller, nonce in connection.execute("SELECT controller, nonce FROM asked_nonces ORDER BY position"):
            self._remember(controller, nonce)

    def take(self, ask: Ask) -> None:
        """Remember a question whose signature is verified. Raises Refused ``repeated-ask``."""
        if ask.nonce in self._nonces.get(ask.controller, ()):
            raise Refused("repeated-ask", "this question was asked before: somebody repeats what was recorded")
        self._remember(ask.controller, ask.nonce)
        self._fresh.append((ask.controller, ask.nonce))

    def is_due(self, after: int, newest: int, at: datetime) -> bool:
        """Tell whether to publish these revisions to all now; a clock that jumps back makes it so."""
        self._given = {what: since for what, since in self._given.items() if is_shared(since, at)}
        if (after, newest) in self._given:
            return False
        self._given[after, newest] = at
        return True

    def is_trust_due(self, at: datetime) -> bool:
        """Tell whether to publish trust to all again now."""
        if self._trust_given is not None and is_shared(self._trust_given, at):
            return False
        self._trust_given = at
        return True

    @property
    def has_fresh(self) -> bool:
        """Whether there is anything to write down."""
        return bool(self._fresh)

    def store(self, connection: sqlite3.Connection) -> None:
        """Write down what is new; the caller owns the transaction."""
        connection.executemany("INSERT INTO asked_nonces (controller, nonce) VALUES (?, ?)", self._fresh)
        self._fresh.clear()

    def tidy(self, connection: sqlite3.Connection) -> None:
        """Forget on disk what is forgotten in memory; the caller owns the transaction."""
        connection.execute(_OLD, (NONCES_KEPT,))

    def _remember(self, controller: str, nonce: str) -> None:
        known = self._nonces.setdefault(controller, OrderedDict())
        known[nonce] = None
        if len(known) > NONCES_KEPT:
            known.popitem(last=False)
