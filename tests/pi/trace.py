"""What was seen of the Pi's pins: levels and directions with the Pi's own clock, and how far apart the looks were."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MOST_EARLY_SECONDS, MOST_LATE_SECONDS = 0.1, 0.5
"""A release is counted from the event that asks for it, and the pin moves when the door has come to that; its end is
as late as the emulated processor was busy, or had to wait for another process of this computer."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Levels and outputs as masks, from a look on; seconds of the Pi's clock, ``before`` that of the look before."""

    at: float
    before: float
    levels: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long a pin was at a level, and whether it was driven; the ends are known to ``slack`` seconds."""

    level: int
    is_driven: bool
    begin: float
    end: float
    slack: float

    @property
    def seconds(self) -> float:
        """How long it lasted, give or take ``slack``."""
        return self.end - self.begin

    def lasted(self, seconds: float) -> bool:
        """Tell whether it may have been a release for so long."""
        late = self.seconds - seconds
        return -MOST_EARLY_SECONDS - self.slack <= late <= MOST_LATE_SECONDS + self.slack


@dataclass(frozen=True, slots=True)
class Trace:
    """All that was seen of one run of the Pi."""

    sights: tuple[Sight, ...]
    looks: int
    late_looks: int
    """More than 5 ms after the one before."""
    longest_gap: float
    told: int
    """Changes of driven pins of which QEMU has told by itself."""

    def stretches(self, pin: int, *, since: float = 0.0) -> list[Stretch]:
        """Cut a pin's life at each change of its level or direction; the last goes to the last look."""
        cut = [sight for sight in _changes(self.sights, pin) if sight.at >= since]
        last = self.sights[-1]
        return [
            Stretch(
                level=now.levels >> pin & 1,
                is_driven=bool(now.outputs >> pin & 1),
                begin=now.at,
                end=then.at,
                slack=max(now.at - now.before, then.at - then.before),
            )
            for now, then in pairwise([*cut, last])
        ]

    def pulses(self, pin: int, *, level: int = 1, since: float = 0.0) -> list[Stretch]:
        """Tell when the pin was driven to a level."""
        return [it for it in self.stretches(pin, since=since) if it.is_driven and it.level == level]

    def moved(self, *, since: float) -> set[int]:
        """Name the pins whose level or direction has changed."""
        seen = [sight for sight in self.sights if sight.at >= since]
        changed = 0
        for one, other in pairwise(seen):
            changed |= (one.levels ^ other.levels) | (one.outputs ^ other.outputs)
        return {pin for pin in range(32) if changed >> pin & 1}

    @property
    def now(self) -> float:
        """The Pi's clock at the last line."""
        return self.sights[-1].at


def read_trace(path: Path) -> Trace:
    """Read what `tests.pi.watch` has written so far."""
    rows = [
        [int(word) for word in line.split()]
        for line in path.read_text().splitlines(keepends=True)
        if line[-1] == "\n"
    ]
    sights = tuple(Sight(at / 1e6, before / 1e6, levels, outputs) for at, before, levels, outputs, *_ in rows)
    looks, late, longest, told = rows[-1][4:]
    return Trace(sights, looks, late, longest / 1e6, told)


def _changes(sights: tuple[Sight, ...], pin: int) -> Iterator[Sight]:
    seen = None
    for sight in sights:
        state = (sight.levels >> pin & 1, sight.outputs >> pin & 1)
        if state != seen:
            seen = state
            yield sight
