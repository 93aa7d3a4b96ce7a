"""One answer about all floors of a cabin: what is granted at any is granted, else the nearest miss is told."""

from collections.abc import Sequence
from dataclasses import replace

from doorctl.core.decision import NEAREST_MISS
from doorctl.core.reasons import Reason
from doorctl.core.request import Decision
from doorctl.core.rules.company import AWAITING

_TOLD_FIRST = (Reason.DURESS, Reason.BREAK_GLASS)
"""Of several grants the one is told that somebody must hear of."""
_MISSES = (*NEAREST_MISS, Reason.NO_GRANT)
_HELPED = AWAITING | {Reason.PIN_AWAITED}
"""What somebody can still bring."""


def told_among(decisions: Sequence[Decision]) -> int:
    """Choose whose answer stands for all: of a grant before any denial, else of the floor that came the nearest."""
    return min(range(len(decisions)), key=lambda number: _distance(decisions[number]))


def answer_about(decisions: Sequence[Decision]) -> Decision:
    """Give the answer that stands for all; duress at any of the floors is told behind its reasons."""
    told = decisions[told_among(decisions)]
    under_duress = any(Reason.DURESS in decision.reasons for decision in decisions)
    if told.is_granted or not under_duress or Reason.DURESS in told.reasons:
        return told
    return replace(told, reasons=(*told.reasons, Reason.DURESS))


def _distance(decision: Decision) -> tuple[int, ...]:
    """Tell how far from being let in an answer is: by how grants miss, by what would help, by how many rules deny.

    So the floor is told of to which somebody may go at another time, or when it is no longer locked down.
    """
    if decision.is_granted:
        return -1, _TOLD_FIRST.index(decision.reason) if decision.reason in _TOLD_FIRST else len(_TOLD_FIRST)
    missed = next((number for number, miss in enumerate(_MISSES, start=1) if miss in decision.reasons), 0)
    return missed, decision.reason not in _HELPED, len({*decision.reasons} - {Reason.DURESS})
