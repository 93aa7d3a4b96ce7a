"""The flood rule: faults and refusals of one source are recorded at most so often, the rest counted.

At most one a second and thirty a minute; what was not recorded is told by one summary a minute.
"""

from collections import Counter

A_SECOND = 1.0
A_MINUTE = 60.0
RECORDS_A_MINUTE = 30


class FloodGate:
    """Decides for one source what is recorded; ``now`` is monotonic seconds."""

    def __init__(self, now: float) -> None:
        """Start with nothing counted."""
        self._minute_began = now
        self._last = now - A_SECOND
        self._recorded = 0
        self._suppressed: Counter[str] = Counter()

    def admits(self, what: str, now: float) -> bool:
        """Tell whether this is recorded by itself; if not, it is counted for the summary."""
        if now - self._last >= A_SECOND and self._recorded < RECORDS_A_MINUTE:
            self._last = now
            self._recorded += 1
            return True
        self._suppressed[what] += 1
        return False

    def summary(self, now: float) -> str:
        """Return, once a minute, what was only counted: ``parity=12 unknown_card=3``; empty when there is none."""
        if now - self._minute_began < A_MINUTE:
            return ""
        return self.close(now)

    def close(self, now: float) -> str:
        """Begin a new minute; return what was only counted in the one before."""
        text = " ".join(f"{what}={count}" for what, count in sorted(self._suppressed.items()))
        self._suppressed.clear()
        self._recorded = 0
        self._minute_began = now
        return text
