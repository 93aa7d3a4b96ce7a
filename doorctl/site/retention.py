"""From some rules of retention to others: the commands that lead there, and what is kept shorter or longer then.

A pass of the hub's may begin between two of the commands. So what is more exact is set first and taken back last: no
record ever falls under a rule that is neither the one before nor the one that is wanted.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from doorctl.core.record_classes import EVERY, RecordClass, most_exact
from doorctl.site.state import RetentionState
from doorctl.site.steps import Step
from doorctl.wire.privacy import RetentionRemove, RetentionSet

Rules = Mapping[tuple[str, str], RetentionState]
"""By zone, or ``*``, and class of record, or ``*``."""
_CLASSES = tuple(each for each in RecordClass if each is not RecordClass.ALL)
_WHAT = ("who it was", "the record")


def retention_steps(before: Rules, after: Rules) -> Iterator[Step]:
    """Return the commands that lead from some rules to others."""
    for zone, records in sorted(after, key=_exactness, reverse=True):
        rule = after[zone, records]
        if before.get((zone, records)) != rule:
            yield Step(RetentionSet(zone, RecordClass(records), rule.openings_days, rule.leaf_days))
    for zone, records in sorted(before.keys() - after.keys(), key=_exactness):
        yield Step(RetentionRemove(zone, RecordClass(records)))


def retention_changes(before: Rules, after: Rules) -> Iterator[str]:
    """Say what is kept shorter or longer, a line for each zone that has a rule and what is alike in it."""
    zones = sorted({EVERY, *(zone for zone, _ in (*before, *after))})
    for zone in zones:
        classes: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for each in _CLASSES:
            if told := tuple(_told(_kept(before, zone, each), _kept(after, zone, each))):
                classes[told].append(each)
        where = zone if zone != EVERY else "every other zone" if len(zones) > 1 else "every zone"
        for told, of in classes.items():
            which = "all records" if len(of) == len(_CLASSES) else ", ".join(of)
            yield f"retention in {where}, {which}: {'; '.join(told)}"


def _exactness(place: tuple[str, str]) -> tuple[bool, bool, str, str]:
    zone, records = place
    return zone != EVERY, records != EVERY, zone, records


def _kept(rules: Rules, zone: str, records: str) -> tuple[int | None, int | None]:
    """Return after how many days what leads to a person goes, and the record, which takes the former along."""
    rule = most_exact(rules, zone, records) or RetentionState()
    days = [each for each in (rule.openings_days, rule.leaf_days) if each is not None]
    return min(days, default=None), rule.leaf_days


def _told(before: tuple[int | None, int | None], after: tuple[int | None, int | None]) -> Iterator[str]:
    for what, old, new in zip(_WHAT, before, after, strict=True):
        if old != new:
            is_shorter = new is not None and (old is None or new < old)
            yield f"{what} {_days(old)} -> {_days(new)} ({'shorter' if is_shorter else 'longer'})"


def _days(days: int | None) -> str:
    return "for ever" if days is None else f"{days} day{'s' if days != 1 else ''}"
