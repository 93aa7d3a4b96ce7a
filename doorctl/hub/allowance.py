"""What each controller may use up of something within a time: a stolen one shall not use up what is all others'."""

from datetime import datetime


class Allowance:
    """So much for each controller at once, and as much again, evenly, within a time."""

    def __init__(self, most: int, *, seconds: float) -> None:
        """Allow everybody this much; what was used has grown back after so many seconds."""
        self._most = most
        self._per_second = most / seconds
        self._left: dict[str, tuple[float, datetime]] = {}

    def left(self, controller: str, at: datetime) -> int:
        """Return how much a controller may use now; while the clock is set back, nothing grows."""
        left, since = self._left.get(controller, (self._most, at))
        left = min(self._most, left + max(0.0, (at - since).total_seconds()) * self._per_second)
        self._left[controller] = left, at
        return int(left)

    def spend(self, controller: str, amount: int, at: datetime) -> None:
        """Take it that a controller has used so much, even if that is more than was left."""
        self._left[controller] = self.left(controller, at) - amount, at
