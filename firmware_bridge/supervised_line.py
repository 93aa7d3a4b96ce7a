"""What a supervised line tells by its resistance: its contact closed or open, the line cut, or shorted.

Two resistors sit at the far end, beside the contact: one in series with it, one across it. A resistor on the
microcontroller's board pulls the line up to the supply, so its voltage is a share of the supply (the ratio):

    closed: series / (pull-up + series)    open: (series + parallel) / (pull-up + series + parallel)

A short is 0, a cut line 1. The bounds between the four lie in the middle; one is passed by a margin before it counts.
"""

import re
from bisect import bisect
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise

LEAST_OHMS, MOST_OHMS = 100.0, 100_000.0
LEAST_GAP = 0.1
"""Of the supply, between two of the four: resistors of 5 % and 50 ohms of wire then never look like another."""
_MARGIN = 1 / 8
_WRITTEN = re.compile(r"([0-9]{1,3})([Rk])([0-9]{0,2})", flags=re.ASCII)
_UNITS = {"R": 1.0, "k": 1000.0}


class LineState(StrEnum):
    """What is known of a line: one of its four states, or why none of them is."""

    NORMAL = "normal"
    ALARM = "alarm"
    OPEN_LINE = "open-line"
    SHORT = "short"
    SILENT = "silent"
    UNSTEADY = "unsteady"


class AlarmWhen(StrEnum):
    """Which position of the contact means alarm: that of a door contact is open, that of a button closed."""

    OPEN = "open"
    CLOSED = "closed"


class Level(IntEnum):
    """The four that a ratio is one of, from ground to supply."""

    SHORT = 0
    CLOSED = 1
    OPEN = 2
    CUT = 3


class UnreadableResistors(ValueError):
    """No resistors are written like this, or they cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Resistors:
    """The resistors of a line, in ohms."""

    series: float
    parallel: float
    pull_up: float

    @property
    def ratios(self) -> tuple[float, float, float, float]:
        """The share of the supply that stands for each level."""
        return 0.0, self._ratio(self.series), self._ratio(self.series + self.parallel), 1.0

    @property
    def bounds(self) -> tuple[float, ...]:
        """The ratios between two levels."""
        return tuple((below + above) / 2 for below, above in pairwise(self.ratios))

    @property
    def narrowest_gap(self) -> float:
        """How far the two levels are apart that are the hardest to tell from each other."""
        return min(above - below for below, above in pairwise(self.ratios))

    def _ratio(self, ohms: float) -> float:
        return ohms / (self.pull_up + ohms)


@dataclass(frozen=True, slots=True)
class SupervisedInput:
    """One input at the end of a supervised line, by its name."""

    name: str
    resistors: Resistors
    alarm_when: AlarmWhen
    debounce_ms: int = 30


def level_of(ratio: float, resistors: Resistors, before: Level | None = None) -> Level:
    """Tell which level a ratio is; the one before stays until its bound is passed by the margin."""
    bounds = resistors.bounds
    if before is not None:
        margin = resistors.narrowest_gap * _MARGIN
        lowest, highest = tuple(pairwise((0.0, *bounds, 1.0)))[before]
        if lowest - margin <= ratio <= highest + margin:
            return before
    return Level(bisect(bounds, ratio))


def state_of(level: Level, alarm_when: AlarmWhen) -> LineState:
    """Tell what a level means to a contact whose alarm is its being open, or closed."""
    return _MEANING[level, alarm_when]


def ratio_of(state: LineState, wired: SupervisedInput) -> float:
    """Give the ratio by which a line tells one of its four states, as simulated ones do."""
    level = next(level for level in Level if state_of(level, wired.alarm_when) is state)
    return wired.resistors.ratios[level]


def ohms(text: str) -> float:
    """Read a resistance as it stands on the part (IEC 60062): `2k2`, `470R`, `10k`. Raises UnreadableResistors."""
    written = _WRITTEN.fullmatch(text)
    value = float(f"{written[1]}.{written[3] or 0}") * _UNITS[written[2]] if written else 0.0
    if not LEAST_OHMS <= value <= MOST_OHMS:
        raise UnreadableResistors(f"{text} is no resistance from 100R to 100k: write 2k2, 470R or 10k")
    return value


def read_resistors(pair: str, pull_up: str) -> Resistors:
    """Read the pair at the end of a line, `series/parallel`, beside its pull-up. Raises UnreadableResistors."""
    series, slash, parallel = pair.partition("/")
    if not slash:
        raise UnreadableResistors(
            f"{pair} is no pair: write that in series first, then that across the contact: 2k2/4k7"
        )
    read = Resistors(ohms(series), ohms(parallel), ohms(pull_up))
    if read.narrowest_gap < LEAST_GAP:
        raise UnreadableResistors(
            f"{pair} with a pull-up of {pull_up}: two states are {read.narrowest_gap:.0%} of the supply from each "
            f"other, and must be {LEAST_GAP:.0%}: take a pull-up near the resistors' values"
        )
    return read


_MEANING = {
    **{(Level.SHORT, alarm): LineState.SHORT for alarm in AlarmWhen},
    **{(Level.CUT, alarm): LineState.OPEN_LINE for alarm in AlarmWhen},
    (Level.CLOSED, AlarmWhen.OPEN): LineState.NORMAL,
    (Level.OPEN, AlarmWhen.OPEN): LineState.ALARM,
    (Level.CLOSED, AlarmWhen.CLOSED): LineState.ALARM,
    (Level.OPEN, AlarmWhen.CLOSED): LineState.NORMAL,
}
