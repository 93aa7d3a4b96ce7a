"""Forgetting whom the policy says was erased: what else the keeper keeps of them goes, too.

1. The rows went with the change itself (``ErasureRow``); here goes what held them: the write-ahead log, changes that
   are kept aside, an unusable policy, the file before this one, a policy that was begun from an older snapshot.
2. Of the hub's notes those go that tell of their cards, or of them in a roster; the chain stays. What tells of an id
   that belongs to nobody any more stays, for a hub that loses its changes.
3. A step that cannot be done now is tried again in the next turn; who is forgotten is remembered once all is done.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Set
from functools import partial
from pathlib import Path

from doorctl.database import remove_database
from doorctl.errors import PolicyUnavailable
from doorctl.journal import Level, say
from doorctl.keeper.kept_notes import KeptNotes
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.places import StateFile
from doorctl.policy.apply import Position

_ERASED = "SELECT holder FROM erasures"


class Erasing:
    """Sees to it, a step in each turn; ``is_done`` while nobody is still to be forgotten."""

    def __init__(self, store: PolicyStore, kept: KeptNotes, refill: Refill, *, folder: Path) -> None:
        """Look at the policy with the first turn."""
        self._store = store
        self._kept = kept
        self._refill = refill
        self._broken = folder / StateFile.POLICY_BROKEN
        self._looked_at: Position | None = None
        self._owed: Set[str] = frozenset()
        self._steps: deque[Callable[[], bool]] = deque()

    @property
    def is_done(self) -> bool:
        """Whether everybody whom the policy calls erased is forgotten."""
        return not self._owed and self._looked_at == self._store.position

    def tick(self, *, is_new_file: bool) -> None:
        """Look at another policy, and do what can be done now."""
        try:
            if is_new_file or self._looked_at != self._store.position:
                self._look()
            while self._steps and self._steps[0]():
                self._steps.popleft()
        except (PolicyUnavailable, OSError) as error:
            say("erasure_waits", Level.WARNING, why=error)
            return
        if self._owed and not self._steps:
            self._kept.has_forgotten(self._owed)
            say("erased", persons=len(self._owed))
            self._owed = frozenset()

    def _look(self) -> None:
        position = self._store.position
        self._owed = self._kept.not_forgotten(self._store.read(_erased))
        self._looked_at = position
        self._steps.clear()
        if self._owed:
            self._steps += [
                partial(self._discard_begun, position),
                partial(self._kept.forget, self._owed),
                self._remove_broken,
                partial(self._store.forget, self._owed),
                lambda: not self._store.has_old,
            ]

    def _discard_begun(self, position: Position) -> bool:
        self._refill.discard_before(position)
        return True

    def _remove_broken(self) -> bool:
        remove_database(self._broken)
        return True


def _erased(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(holder for (holder,) in connection.execute(_ERASED))
