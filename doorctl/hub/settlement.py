"""Who waits for controllers, and what to tell: how far it is, that it is done, or at the deadline who is missing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

Lacking = Callable[[int], Iterable[str]]
"""Gives the controllers by whose doors a revision is not in force yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An admin waits until a revision is in force everywhere."""

    admin: str
    command: str
    revision: int


@dataclass(frozen=True, slots=True)
class Step:
    """What to tell one who waits: ``lacking`` names the controllers that have not answered; final if it is over."""

    waiting: Waiting
    lacking: tuple[str, ...]
    is_final: bool = True


@dataclass(slots=True)
class _Wait:
    since: datetime
    told: tuple[str, ...] | None = None


class Settlement:
    """Keeps who waits since when; a clock that jumps ends the wait rather than prolonging it."""

    def __init__(self, settle_seconds: float) -> None:
        """Wait this long for controllers."""
        self._patience = timedelta(seconds=settle_seconds)
        self._waits: dict[Waiting, _Wait] = {}

    def wait(self, waiting: Waiting, at: datetime) -> None:
        """Begin to wait; a second wait for the same changes nothing."""
        self._waits.setdefault(waiting, _Wait(at))

    def settle(self, lacking: Lacking, at: datetime) -> list[Step]:
        """Return, once, each wait that is over."""
        settled = []
        for waiting, wait in list(self._waits.items()):
            is_patient = wait.since <= at < wait.since + self._patience
            if is_patient and any(True for _ in lacking(waiting.revision)):
                continue  # one is enough: this is asked for each acknowledgement
            del self._waits[waiting]
            settled.append(Step(waiting, tuple(sorted(lacking(waiting.revision)))))
        return settled

    def progress(self, lacking: Lacking) -> list[Step]:
        """Return how far each wait is, where that has changed since it was told."""
        steps = []
        for waiting, wait in self._waits.items():
            missing = tuple(sorted(lacking(waiting.revision)))
            if missing != wait.told:
                wait.told = missing
                steps.append(Step(waiting, missing, is_final=False))
        return steps
