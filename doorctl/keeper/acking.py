"""When a keeper acknowledges, and what it can say of the door: an ack tells what is in force, not what is hoped.

1. After a commit, once the door answers by it; at once while no door process is connected.
2. A door that does not answer within ``LATE_SECONDS``: then the ack says by which revision it does.
3. Again when a repeat shows that the hub lacks our word, on each connection to a broker, when the hub has confirmed
   the policy, and whenever something else changes that the ack tells.
"""

import math

from doorctl.policy.apply import Position
from doorctl.wire.bell import InForce, NoPolicy
from doorctl.wire.loop_state import LoopState

LATE_SECONDS = 2.0


class Acking:
    """Knows what the door has said, and whether the hub is owed a word."""

    def __init__(self) -> None:
        """Begin without a door, and with nothing to say."""
        self._has_door = False
        self._said: InForce | NoPolicy | None = None
        self._loop: LoopState | None = None
        self._owed_since = math.inf

    @property
    def doors(self) -> tuple[str, ...]:
        """The doors of the process that is connected."""
        return self._said.doors if self._said is not None else ()

    @property
    def strict_zones(self) -> dict[str, str]:
        """The zones that its doors' own configuration calls strict, by door."""
        return self._said.strict_zones if isinstance(self._said, InForce) else {}

    @property
    def clock(self) -> str:
        """The quality of the controller's wall clock, as the door judges it."""
        return self._said.clock if isinstance(self._said, InForce) else ""

    @property
    def loop(self) -> LoopState | None:
        """How late the door's loop was, as it has told last; None while there is no door."""
        return self._loop

    def in_force(self, own: Position) -> int | None:
        """Return the revision of this policy by which the doors answer, 0 for none of it, None without a door."""
        if not self._has_door:
            return None
        is_ours = isinstance(self._said, InForce) and self._said.epoch == own.epoch
        return self._said.revision if is_ours and isinstance(self._said, InForce) else 0

    def owe(self, now: float) -> None:
        """There is something to tell."""
        self._owed_since = min(self._owed_since, now)

    def door_arrived(self) -> None:
        """A door process has connected; it says at once by what it answers."""
        self._has_door, self._said, self._loop = True, None, None

    def door_left(self, now: float) -> None:
        """The door process is gone."""
        self._has_door, self._said, self._loop = False, None, None
        self.owe(now)

    def door_says(self, said: InForce | NoPolicy, now: float) -> None:
        """The door tells by what it answers."""
        if said != self._said:
            self.owe(now)
        self._said = said

    def loop_is(self, loop: LoopState, now: float) -> None:
        """The door tells how late its loop was; the hub hears at once that it is late, or no longer is."""
        if loop.is_late is not (self._loop is not None and self._loop.is_late):
            self.owe(now)
        self._loop = loop

    def is_due(self, own: Position, now: float) -> bool:
        """Tell, once, that it is time for the word that is owed."""
        in_force = self.in_force(own)
        is_answered = in_force is None or in_force >= own.revision
        if self._owed_since == math.inf or not (is_answered or now - self._owed_since >= LATE_SECONDS):
            return False
        self._owed_since = math.inf
        return True
