"""The flood rule: faults and refusals of one source are recorded at most so often, the rest counted.

At most one in any second and thirty in any minute, and none while such records fill their share of the log; what was
not recorded is told by one summary a minute.
"""

from collections import Counter, deque
from collections.abc import Callable

from doorctl.core.records import RecordKind

A_SECOND = 1.0
A_MINUTE = 60.0
RECORDS_A_MINUTE = 30


class FloodGate:
    """Decides for one source what is recorded; ``now`` is monotonic seconds."""

    def __init__(self, now: float) -> None:
        """Start with nothing counted."""
        self._minute_began = now
        self._recorded: deque[float] = deque(maxlen=RECORDS_A_MINUTE)
        self._suppressed: Counter[str] = Counter()

    def admits(self, what: str, now: float) -> bool:
        """Tell whether this is recorded by itself; if not, it is counted for the summary."""
        if self.admits_now(now):
            return True
        self.count(what)
        return False

    def admits_now(self, now: float) -> bool:
        """Tell whether something is recorded by itself; if not, nothing is counted, for it is asked again."""
        if not self._has_room(now):
            return False
        self._recorded.append(now)
        return True

    def count(self, what: str) -> None:
        """Count something that is never recorded by itself."""
        self._suppressed[what] += 1

    def summary(self, now: float) -> str:
        """Return, once a minute, what was only counted: ``parity=12 unknown_card=3``; empty when there is none."""
        return self.close(now) if now - self._minute_began >= A_MINUTE else ""

    def close(self, now: float) -> str:
        """Begin a new minute of counting; return what was only counted in the one before."""
        text = " ".join(f"{what}={count}" for what, count in sorted(self._suppressed.items()))
        self._suppressed.clear()
        self._minute_began = now
        return text

    def _has_room(self, now: float) -> bool:
        if self._recorded and now - self._recorded[-1] < A_SECOND:
            return False
        return len(self._recorded) < RECORDS_A_MINUTE or now - self._recorded[0] >= A_MINUTE


class FloodRule:
    """One gate for each source and each kind of record, so that none hides another; a holder may have one."""

    def __init__(self, room: Callable[[], bool] = lambda: True) -> None:
        """Start without sources; ``room`` tells whether the log has room for what anybody can cause."""
        self._room = room
        self._gates: dict[tuple[str, RecordKind, str], FloodGate] = {}

    def admits(self, source: str, kind: RecordKind, what: str, now: float, *, holder: str = "") -> bool:
        """Tell whether this is recorded by itself; if not, it is counted. With a ``holder``, nobody else counts.

        What is recorded of a holder needs no room for floods: nobody else can cause it.
        """
        gate = self._gates.setdefault((source, kind, holder), FloodGate(now))
        if holder or self._room():
            return gate.admits(what, now)
        gate.count(what)
        return False

    def count(self, source: str, kind: RecordKind, what: str, now: float) -> None:
        """Count something for the summary alone."""
        self._gates.setdefault((source, kind, ""), FloodGate(now)).count(what)

    def summaries(self, now: float) -> list[tuple[str, str]]:
        """Return, once a minute, each source with what was only counted of it."""
        told = ((source, gate.summary(now)) for (source, *_), gate in self._gates.items())
        return [(source, text) for source, text in told if text]

    def close(self, now: float) -> list[tuple[str, str]]:
        """Return each source with what was only counted of it, before the minute is over."""
        told = ((source, gate.close(now)) for (source, *_), gate in self._gates.items())
        return [(source, text) for source, text in told if text]
