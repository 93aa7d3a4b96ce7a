"""For how long what is kept of records: rules by zone and class of record, and what of a log is past its days.

1. The rule for a record is the most exact one: for its zone and class, its zone, its class, or for all. Without one
   everything is kept, and so is what the rule gives no days for.
2. Each record has two times: its writer's, and the hub's when it took the record in. The newest counts that its log
   has told so far, so a clock that fell back to 1970 makes nothing older. Times beyond now, and before 2000, are not
   believed; as long as none is, nothing goes.
3. What the hub took in at a time that is still to come stays until then: its clock was wrong then, or is now.
4. Openings go record by record. Leaves go in whole segments, from the beginning of an epoch, when every record in the
   segment is past its days.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from doorctl.core.record_classes import class_of, most_exact

DAY_SECONDS = 86_400
EARLIEST = 946_684_800
"""The year 2000: a clock that says less was never set."""


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
    """What a rule asks of a record: its number, kind, zone, the time that it tells, and when the hub took it in.

    Times are in seconds since 1970.
    """

    seq: int
    kind: str
    zone: str
    at: int
    came: int


def rule_for(record: Kept, rules: Rules) -> Rule:
    """Return the rule that holds for a record."""
    return most_exact(rules, record.zone, class_of(record.kind)) or KEPT


def believed_times(records: Sequence[Kept], *, before: int, now: int) -> list[int]:
    """Return the time from which the days of each record count; ``before`` is the newest one believed before them.

    Without any (0) a record has that of the next one that has, or now.
    """
    newest = _newest_so_far(records, before=before, now=now)
    times = [record.came if record.came > now else at for record, at in zip(records, newest, strict=True)]
    later = next((at for at in times if at), now)
    return [at or later for at in times]


def newest_believed(records: Sequence[Kept], *, before: int, now: int) -> int:
    """Return the newest time that these records and those before them have told, 0 for none."""
    return max(_newest_so_far(records, before=before, now=now), default=before)


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
    newest = max(believed_times(segment, before=before, now=now))
    held = list(dict.fromkeys(rule_for(record, rules) for record in segment))
    return held if all(_is_past(newest, rule.leaf_days, now) for rule in held) else None


def _newest_so_far(records: Iterable[Kept], *, before: int, now: int) -> Iterator[int]:
    newest = before
    for record in records:
        newest = max(newest, *(at if EARLIEST <= at <= now else 0 for at in (record.at, record.came)))
        yield newest


def _is_past(at: int, days: int | None, now: int) -> bool:
    return days is not None and at + days * DAY_SECONDS <= now
