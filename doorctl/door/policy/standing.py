"""What a door knows beyond the rows of its policy: how old the policy is, and how far the clock can be believed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from doorctl.clock import TRUSTED, ClockQuality, WallClock, boottime
from doorctl.core.request import Facts
from doorctl.wire.bell import Confirmed


class Standing:
    """Kept in memory only: after a start the age is unknown until the hub has answered. One thread tells, any ask."""

    def __init__(
        self,
        clock: WallClock,
        *,
        fork_mark: Path | None = None,
        is_disk_almost_full: Callable[[], bool] = lambda: False,
        counter: Callable[[], float] = boottime,
    ) -> None:
        """Begin with nothing confirmed; ``counter`` tells seconds since the boot, suspend included.

        ``fork_mark`` is the file by which the keeper marks that our history and the hub's differ.
        """
        self._clock = clock
        self._is_disk_almost_full = is_disk_almost_full
        self._counter = counter
        self._confirmed_at: float | None = None
        self._fork_mark = fork_mark
        self._forked = self._is_marked = False
        self._reached = (0, 0)
        self.look_for_fork_mark()

    @property
    def clock(self) -> ClockQuality:
        """The quality of the wall clock."""
        return self._clock.quality()

    def confirm(self, confirmed: Confirmed) -> None:
        """Count the policy's age from when the question was asked that the hub has answered.

        What lies before an earlier one, or in the future, says nothing. Our history is the hub's again, unless
        the keeper's mark says that it is not.
        """
        if not (self._confirmed_at or 0.0) <= confirmed.asked_at <= self._counter():
            return
        self._confirmed_at = confirmed.asked_at
        self._forked = False
        self._clock.confirm(confirmed.hub_time)

    def reached(self, epoch: int, revision: int) -> None:
        """The policy stands here. One that goes back is being made anew: nothing that was confirmed is said of it."""
        if (epoch, revision) < self._reached:
            self._confirmed_at = None
        self._reached = (epoch, revision)

    def fork(self) -> None:
        """Note that our history and the hub's differ, until the hub confirms ours."""
        self._forked = True

    def look_for_fork_mark(self) -> None:
        """Look whether the keeper has marked a fork; a mark that cannot be looked for is one."""
        if self._fork_mark is not None:
            self._is_marked = _may_exist(self._fork_mark)

    def add_to(self, facts: Facts) -> Facts:
        """Say it of a request that is decided now."""
        now = self._counter()
        return replace(
            facts,
            policy_age_seconds=None if self._confirmed_at is None else now - self._confirmed_at,
            policy_forked=self._forked or self._is_marked,
            clock_trusted=self._clock.quality() in TRUSTED,
            boot_seconds=now,
            disk_almost_full=self._is_disk_almost_full(),
        )


def _may_exist(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
