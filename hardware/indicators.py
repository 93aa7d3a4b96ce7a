"""What lights and buzzer show for each signal, as a table, and a player that never waits.

Rules:
1. A signal that plays once (a grant, a denial, a wait) replaces whatever the door was showing.
2. A signal that repeats (held-soon, held) goes on until `idle`; one that plays once interrupts it, then it goes on.
3. A door without one of the indicators shows the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an indicator is for at its door."""

    LED_GREEN = "led-green"
    LED_RED = "led-red"
    BUZZER = "buzzer"


class Signal(StrEnum):
    """What the people at a door are told."""

    GRANTED = "granted"
    DENIED = "denied"
    WRONG_PIN = "wrong-pin"
    LOCKDOWN = "lockdown"
    FAULT = "fault"
    HELD_SOON = "held-soon"
    HELD = "held"
    WAITING = "waiting"
    WAITING_FOR_SECOND = "waiting-for-second"
    ENROL = "enrol"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Step:
    """The indicators that are on for so long; the others are off."""

    on: frozenset[Role]
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Steps one after the other, once or again and again."""

    steps: tuple[Step, ...]
    repeats: bool = False


def _step(milliseconds: int, *on: Role) -> Step:
    return Step(frozenset(on), milliseconds)


PATTERNS: Mapping[Signal, Pattern] = {
    Signal.GRANTED: Pattern((_step(150, Role.LED_GREEN, Role.BUZZER), _step(2850, Role.LED_GREEN))),
    Signal.DENIED: Pattern(
        (
            *(_step(200, Role.LED_RED, Role.BUZZER), _step(100, Role.LED_RED)),
            *(_step(200, Role.LED_RED, Role.BUZZER), _step(1500, Role.LED_RED)),
        )
    ),
    Signal.WRONG_PIN: Pattern(
        (_step(100, Role.LED_RED, Role.BUZZER), _step(100, Role.LED_RED)) * 3 + (_step(1400, Role.LED_RED),)
    ),
    Signal.LOCKDOWN: Pattern((_step(1000, Role.LED_RED, Role.BUZZER), _step(2000, Role.LED_RED))),
    Signal.FAULT: Pattern((_step(100, Role.LED_RED, Role.BUZZER), _step(100)) * 5),
    Signal.HELD_SOON: Pattern((_step(100, Role.LED_RED, Role.BUZZER), _step(900)), repeats=True),
    Signal.HELD: Pattern((_step(500, Role.LED_RED, Role.BUZZER), _step(500)), repeats=True),
    Signal.WAITING: Pattern((_step(50, Role.LED_GREEN, Role.BUZZER), *(_step(250), _step(250, Role.LED_GREEN)) * 40)),
    Signal.WAITING_FOR_SECOND: Pattern(
        (
            *(_step(50, Role.LED_GREEN, Role.BUZZER), _step(100), _step(50, Role.LED_GREEN, Role.BUZZER)),
            *(_step(500, Role.LED_RED), _step(500, Role.LED_GREEN)) * 30,
        )
    ),
    Signal.ENROL: Pattern(
        (
            *(_step(50, Role.LED_GREEN, Role.BUZZER), _step(100), _step(200, Role.LED_GREEN, Role.BUZZER)),
            *(_step(100, Role.LED_RED), _step(900, Role.LED_GREEN)) * 10,
        )
    ),
    Signal.IDLE: Pattern(()),
}


@dataclass(frozen=True, slots=True)
class _Play:
    pattern: Pattern
    started: float


@dataclass(slots=True)
class _Show:
    """What one door shows: a passing signal over a standing one."""

    indicators: Mapping[Role, str]
    passing: _Play | None = None
    standing: _Play | None = None
    lit: frozenset[Role] = frozenset()
    next_due: float | None = None


class PatternPlayer:
    """Plays signals on any number of doors; the caller calls `due` when `next_due` has come."""

    def __init__(self, patterns: Mapping[Signal, Pattern] = PATTERNS) -> None:
        self._patterns = patterns
        self._shows: dict[frozenset[tuple[Role, str]], _Show] = {}

    def start(self, indicators: Mapping[Role, str], signal: Signal, now: float) -> None:
        """Show a signal on a door's indicators (their names by role) from `now` (monotonic seconds) on."""
        show = self._shows.setdefault(frozenset(indicators.items()), _Show(dict(indicators)))
        play = _Play(self._patterns[signal], now)
        if signal is Signal.IDLE or play.pattern.repeats:
            show.standing = play
            show.passing = None
        else:
            show.passing = play
        show.next_due = now

    @property
    def next_due(self) -> float | None:
        """Give the moment of the next change (monotonic seconds), or None while nothing plays."""
        return min((show.next_due for show in self._shows.values() if show.next_due is not None), default=None)

    def due(self, now: float) -> list[tuple[str, bool]]:
        """Give the indicators to switch now, by name; changes that were missed are skipped, not made up for."""
        return [change for show in self._shows.values() for change in _advance(show, now)]


def _advance(show: _Show, now: float) -> list[tuple[str, bool]]:
    if show.next_due is None or now < show.next_due:
        return []
    frame = _frame(show.passing, now) or _frame(show.standing, now)
    lit, show.next_due = frame or (frozenset(), None)
    changed = [role for role in Role if role in lit ^ show.lit and role in show.indicators]
    show.lit = lit
    return [(show.indicators[role], role in lit) for role in changed]


def _frame(play: _Play | None, now: float) -> tuple[frozenset[Role], float] | None:
    """Find what a pattern lights now and until when; None when it is over."""
    if play is None:
        return None
    elapsed_ms = round((now - play.started) * 1000, 3)  # rounded, so that a step ends exactly when it is due
    if play.pattern.repeats:
        elapsed_ms %= sum(step.milliseconds for step in play.pattern.steps)
    for step in play.pattern.steps:
        if elapsed_ms < step.milliseconds:
            return step.on, now + (step.milliseconds - elapsed_ms) / 1000
        elapsed_ms -= step.milliseconds
    return None
