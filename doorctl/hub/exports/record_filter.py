"""Which records are meant: one filter, for the question that admins ask and for exports of the hub's own database."""

from typing import Protocol

_TEXTS = {
    "since": "r.at >= :since",
    "until": "r.at < :until",
    "zone": "r.zone = :zone",
    "door": "r.door = :door",
    "holder": "o.subject = 'holder:' || :holder",
    "outcome": "r.outcome = :outcome",
    "reason": "json_extract(CAST(r.leaf AS TEXT), '$.reason') = :reason",
    "kind": "r.kind = :kind",
}
_TOLD = "r.kind NOT IN ('cosigned', 'hub_root')"
"""By the kinds left out, unless asked for, logs vouch for each other: they tell nothing of doors or admins."""

WITH_SUBJECT = """
LEFT JOIN openings AS o
ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.seq = r.seq AND o.part = 0
"""
WITH_NAMES = "LEFT JOIN people AS p ON o.subject LIKE 'holder:%' AND p.holder = substr(o.subject, 8)"

Values = dict[str, str | int]


class RecordFilter(Protocol):
    """What is asked for; None is everything. ``since`` and ``until`` are seconds since 1970."""

    @property
    def kind(self) -> str | None:
        """Only records of this kind."""


def values_of(asked: RecordFilter) -> Values:
    """Return what is asked for, by name; what is not asked for is left out."""
    return {name: value for name in _TEXTS if (value := getattr(asked, name)) is not None}


def condition_of(values: Values) -> str:
    """Write the condition on ``records AS r`` and ``openings AS o``; its parameters are called like the fields."""
    return " AND ".join([*(_TEXTS[name] for name in values), *([] if "kind" in values else [_TOLD])])
