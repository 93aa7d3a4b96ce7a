"""A record as a row of columns, for exports, and as a line to read."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.wire.results import RecordLine

Columns = dict[str, str | int | float | None]

PSEUDONYMS = ("holder", "credential")
NAMES = ("handle", "name")


def columns_of(record: RecordLine, *, with_names: bool) -> Columns:
    """Return what a record says, by column; ``leaf`` is its exact text, which proofs are about."""
    names: Columns = {"handle": record.handle, "name": record.name} if with_names else {}
    return {
        "position": record.position,
        "controller": record.controller,
        "log_epoch": record.log_epoch,
        "seq": record.seq,
        **_said(read_leaf(record.leaf.encode())),
        "holder": record.holder,
        "credential": record.credential,
        **names,
        "leaf": record.leaf,
    }


def column_names(*, with_names: bool) -> tuple[str, ...]:
    """Name the columns of an export, in their order."""
    return ("position", "controller", "log_epoch", "seq", *_SAID, *PSEUDONYMS, *(NAMES if with_names else ()), "leaf")


def line_of(columns: Mapping[str, object], timezone: ZoneInfo) -> str:
    """Write a record for people: when, where, what, who."""
    at = datetime.fromisoformat(str(columns["at"])).astimezone(timezone).isoformat(sep=" ", timespec="milliseconds")
    who = columns.get("handle") or columns["holder"] or ("unknown badge" if columns["credential"] else None)
    words = (
        columns["door"] or columns["reader"] or columns["controller"],
        columns["kind"],
        columns["outcome"],
        columns["reason"],
        who,
        columns["detail"],
    )
    return "  ".join([at, *(str(word) for word in words if word)])


_SAID = (
    "at",
    "kind",
    "outcome",
    "reason",
    "reasons",
    "door",
    "zone",
    "reader",
    "policy_epoch",
    "policy_revision",
    "policy_age_seconds",
    "of",
    "detail",
    "clock",
    "mono_ms",
    "boot",
)


def _said(leaf: Leaf) -> Columns:
    policy = leaf.policy
    values = (
        leaf.at,
        leaf.kind,
        leaf.outcome,
        leaf.reason,
        " ".join(leaf.reasons),
        leaf.door,
        leaf.zone,
        leaf.reader,
        policy.epoch if policy else None,
        policy.revision if policy else None,
        policy.age_seconds if policy else None,
        leaf.of,
        leaf.detail,
        leaf.clock,
        leaf.mono_ms,
        leaf.boot,
    )
    return dict(zip(_SAID, values, strict=True))
