"""When a change is in force: who still waits for controllers, and what to tell once they answered or time is up."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

Lacking = Callable[[int], Collection[str]]
"""Gives the controllers that have not acknowledged a revision yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An admin waits until every controller has a revision."""

    admin: str
    command: str
    revision: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The wait is over; ``lacking`` names the controllers that did not answer in time."""

    waiting: Waiting
    lacking: tuple[str, ...]


class Settlement:
    """Keeps who waits since when; a clock that jumps ends the wait rather than prolonging it."""

    def __init__(self, settle_seconds: float) -> None:
        """Wait this long for controllers."""
        self._patience = timedelta(seconds=settle_seconds)
        self._since: dict[Waiting, datetime] = {}

    def wait(self, waiting: Waiting, at: datetime) -> None:
        """Begin to wait; a second wait for the same changes nothing."""
        self._since.setdefault(waiting, at)

    def settle(self, lacking: Lacking, at: datetime) -> list[Settled]:
        """Return, once, each wait that is over."""
        settled = []
        for waiting, since in list(self._since.items()):
            missing = tuple(sorted(lacking(waiting.revision)))
            if not missing or not since <= at < since + self._patience:
                del self._since[waiting]
                settled.append(Settled(waiting, missing))
        return settled
