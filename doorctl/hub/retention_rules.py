"""For how long what is kept of records: rules by zone and class of record, and what of a log is past its days.

1. The rule for a record is the most exact one: for its zone and class, its zone, its class, or for all. Without one
   everything is kept, and so is what the rule gives no days for.
2. A record's time is the newest time told so far in its log, by itself or one before it: a clock that fell back to
   1970 makes nothing older. Times beyond now are not believed.
3. Openings go record by record. Leaves go in whole segments, from the beginning of an epoch, when every record in the
   segment is past its days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from doorctl.core.record_classes import class_of

DAY_SECONDS = 86_400
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """Days after which openings and leaves go, None for never; with the officer's signed command that says so."""

    openings_days: int | None = None
    leaf_days: int | None = None
    note: str = ""


KEPT = Rule()
Rules = Mapping[tuple[str, str], Rule]
"""By zone, or ``*``, and class of record, or ``*``."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a rule asks of a record: its number, kind, zone, and the time that it tells in seconds since 1970."""

    seq: int
    kind: str
    zone: str
    at: int


def rule_for(record: Kept, rules: Rules) -> Rule:
    """Return the rule that holds for a record."""
    kind = class_of(record.kind)
    places = ((record.zone, kind), (record.zone, EVERY), (EVERY, kind), (EVERY, EVERY))
    return next((rules[place] for place in places if place in rules), KEPT)


def believed_times(records: Iterable[Kept], *, before: int, now: int) -> list[int]:
    """Return the time of each record; ``before`` is that of the record before the first one."""
    times, newest = [], before
    for record in records:
        newest = max(newest, record.at) if record.at <= now else newest
        times.append(newest)
    return times


def past_openings(records: Sequence[Kept], rules: Rules, *, before: int, now: int) -> list[int]:
    """Return the numbers of the records whose openings are past their days; they never outlast the leaf."""
    times = believed_times(records, before=before, now=now)
    return [
        record.seq
        for record, at in zip(records, times, strict=True)
        if _is_past(at, rule_for(record, rules).openings_days, now)
        or _is_past(at, rule_for(record, rules).leaf_days, now)
    ]


def rules_to_drop(segment: Sequence[Kept], rules: Rules, *, before: int, now: int) -> list[Rule] | None:
    """Return the rules by which all of a segment is past its days, None if not all of it is.

    The newest record counts for all: a verifier, who has no leaf of it any more, adds the longest days to its time.
    """
    newest = believed_times(segment, before=before, now=now)[-1]
    held = list(dict.fromkeys(rule_for(record, rules) for record in segment))
    return held if all(_is_past(newest, rule.leaf_days, now) for rule in held) else None


def _is_past(at: int, days: int | None, now: int) -> bool:
    return days is not None and at + days * DAY_SECONDS <= now
