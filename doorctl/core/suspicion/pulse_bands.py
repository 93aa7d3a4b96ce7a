"""How the pulses of a reader usually look: learned from its first good reads, and fixed from then on.

1. A band holds the shortest and the longest of so many reads by which somebody was let in. Other reads teach nothing.
2. Once it is learned it stays: who is just within it at every read cannot drag it along.
3. A read is outside where a pulse or an interval is beyond the band by more than its margin.
"""

from dataclasses import dataclass

LEAST_MARGIN = 10
"""In microseconds: a bridge measures in steps of 4, and is interrupted now and then."""
MARGIN_PARTS = 10
"""The margin is so many parts of the extreme, a tenth: the clocks of readers drift."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pulses:
    """The shortest and the longest pulse and interval, in microseconds."""

    width: Span
    interval: Span

    def __str__(self) -> str:
        return f"pulses {self.width[0]}-{self.width[1]} us every {self.interval[0]}-{self.interval[1]} us"


@dataclass(frozen=True, slots=True)
class Band:
    """What so many reads of a reader have in common."""

    reads: int
    pulses: Pulses


def widened(band: Band | None, pulses: Pulses) -> Band:
    """Learn one more read; None is a reader of which nothing is known."""
    if band is None:
        return Band(1, pulses)
    known = band.pulses
    return Band(band.reads + 1, Pulses(_both(known.width, pulses.width), _both(known.interval, pulses.interval)))


def is_within(pulses: Pulses, band: Band) -> bool:
    """Tell whether a read looks like those that were learned."""
    known = band.pulses
    return _fits(pulses.width, known.width) and _fits(pulses.interval, known.interval)


def _both(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])


def _fits(span: Span, known: Span) -> bool:
    low, high = known
    return low - _margin(low) <= span[0] and span[1] <= high + _margin(high)


def _margin(extreme: int) -> int:
    return max(LEAST_MARGIN, extreme // MARGIN_PARTS)
