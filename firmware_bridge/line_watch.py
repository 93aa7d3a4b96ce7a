"""Readings of supervised lines in, changes of their states out: debounced, and of each line that is not heard.

Rules:
1. A state counts once it was read for `debounce_ms`, and twice at least; with 0, at the first reading.
2. A line of which nothing was read for `SILENCE_SECONDS`, after a start for `START_SECONDS`, or whose bridge is gone,
   is silent.
3. A line that moves `UNSTEADY_MOVES` times within a second is unsteady until it stands still for a second.
4. Every change is told once; the first that is known of a line is `initial`.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_bridge.reader_events import LineChanged
from firmware_bridge.supervised_line import Level, LineState, SupervisedInput, level_of, state_of

SILENCE_SECONDS = 1.0
START_SECONDS = 5.0
"""So long a bridge may take to answer when its port is opened, which restarts many boards, or a port to appear."""
UNSTEADY_MOVES = 12
"""Within a second; nobody presses a button, and no door swings, six times in one."""
CALM_SECONDS = 1.0
_READINGS = 2


@dataclass(slots=True)
class _Line:
    wired: SupervisedInput
    heard_at: float = 0.0
    level: Level | None = None
    since: float = 0.0
    readings: int = 0
    moves: deque[float] = field(default_factory=lambda: deque(maxlen=UNSTEADY_MOVES))
    believed: LineState | None = None


class LineWatch:
    """Watches the lines of one bridge, by channel; times are monotonic seconds."""

    def __init__(self, inputs: Mapping[int, SupervisedInput]) -> None:
        self._lines = {channel: _Line(wired) for channel, wired in inputs.items()}

    @property
    def channels(self) -> tuple[int, ...]:
        """Name the channels that must be read."""
        return tuple(sorted(self._lines))

    def begin(self, now: float) -> None:
        """Wait for readings from now on, longer than later."""
        for line in self._lines.values():
            _begin(line, now)

    def take(self, ratios: Mapping[int, float], now: float) -> tuple[LineChanged, ...]:
        """Take one reading of some channels; those of others are nobody's."""
        for channel in ratios.keys() & self._lines.keys():
            _read(self._lines[channel], ratios[channel], now)
        return self.tick(now)

    def tick(self, now: float) -> tuple[LineChanged, ...]:
        """Let time pass."""
        return tuple(change for line in self._lines.values() if (change := _believe(line, _judge(line, now), now)))

    def lose(self, now: float) -> tuple[LineChanged, ...]:
        """The bridge is gone, so what was known of its lines is not any more; or it is not there yet."""
        for line in self._lines.values():
            _forget(line)
            if line.believed is None and not line.heard_at:
                _begin(line, now)
        known = [line for line in self._lines.values() if line.believed is not None]
        return tuple(change for line in known if (change := _believe(line, LineState.SILENT, now)))


def _begin(line: _Line, now: float) -> None:
    line.heard_at = now + START_SECONDS - SILENCE_SECONDS


def _read(line: _Line, ratio: float, now: float) -> None:
    level = level_of(ratio, line.wired.resistors, line.level)
    if level is not line.level:
        if line.level is not None:
            line.moves.append(now)
        line.level, line.since, line.readings = level, now, 0
    line.readings += 1
    line.heard_at = now


def _judge(line: _Line, now: float) -> LineState | None:
    """Tell what is to be believed of a line now; None where nothing new can be said yet."""
    if now - line.heard_at > SILENCE_SECONDS:
        _forget(line)
        return LineState.SILENT
    if line.level is None:
        return None
    if _is_unsteady(line, now):
        return LineState.UNSTEADY
    lasted = round((now - line.since) * 1000, 3) >= line.wired.debounce_ms  # rounded: 0.04 s - 0.01 s are 30 ms
    if line.wired.debounce_ms and not (lasted and line.readings >= _READINGS):
        return None
    return state_of(line.level, line.wired.alarm_when)


def _is_unsteady(line: _Line, now: float) -> bool:
    if line.believed is LineState.UNSTEADY:
        return now - line.since < CALM_SECONDS
    moves = line.moves
    return len(moves) == UNSTEADY_MOVES and moves[-1] - moves[0] <= CALM_SECONDS and now - line.since < CALM_SECONDS


def _forget(line: _Line) -> None:
    line.level = None
    line.readings = 0
    line.moves.clear()


def _believe(line: _Line, state: LineState | None, now: float) -> LineChanged | None:
    if state is None or state is line.believed:
        return None
    initial = line.believed is None
    line.believed = state
    return LineChanged(line.wired.name, state, now, initial=initial)
