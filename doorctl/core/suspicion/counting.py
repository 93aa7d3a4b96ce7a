"""So many records of one kind within so many seconds of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from doorctl.core.suspicion.alerts import Recall, RuleBook, RuleName, Seen, Settings, Suspicion, Trace, about

_COUNTED: Mapping[RuleName, Trace] = {
    RuleName.DENIALS_AT_DOOR: Trace.DENIED_AT,
    RuleName.DENIALS_OF_CARD: Trace.DENIED_WHO,
    RuleName.WRONG_PINS: Trace.WRONG_PIN,
    RuleName.WRONG_PINS_AT_READER: Trace.WRONG_PIN_AT,
}


def too_many(rule: RuleName, key: str, seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Find so many records around this one, within so many seconds of each other."""
    settings = book.of(rule)
    known = recall(_COUNTED[rule], key, seen.at - settings.seconds, seen.at + settings.seconds)
    moments = sorted([*((mark.at, mark.position) for mark in known), (seen.at, seen.position)])
    found = _closest(moments, settings)
    if found is None:
        return None
    (first, _), (last, _) = found[0], found[-1]
    detail = f"{len(found)} within {last - first:.0f} s"
    return replace(about(rule, seen, key, detail, book), at=last, records=tuple(position for _, position in found))


def _closest(moments: Sequence[tuple[float, int]], settings: Settings) -> Sequence[tuple[float, int]] | None:
    """Return the first so many moments that are not further apart than so many seconds."""
    windows = (moments[first : first + settings.count] for first in range(len(moments) - settings.count + 1))
    return next((window for window in windows if window[-1][0] - window[0][0] <= settings.seconds), None)
