"""The officers' commands that say for how long records are kept, and the question what was said."""

import msgspec

from doorctl.core.record_classes import EVERY
from doorctl.errors import Refused
from doorctl.hub.verbs.asked import UNKNOWN, Asked, Intent
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import ZoneRow
from doorctl.wire.privacy import RetentionFound, RetentionLine, RetentionOf, RetentionRemove, RetentionSet

_SET = """
INSERT OR REPLACE INTO retention_rules (zone, records, openings_days, leaf_days, at, note)
VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, ?)
"""
_REMOVE = "DELETE FROM retention_rules WHERE zone = ? AND records = ?"
_RULES = "SELECT zone, records, openings_days, leaf_days, at FROM retention_rules ORDER BY zone, records"
_IS_RULED = "SELECT 1 FROM retention_rules WHERE zone = ? LIMIT 1"
_RULE = "SELECT openings_days, leaf_days FROM retention_rules WHERE zone = ? AND records = ?"


class _Ruled(msgspec.Struct, frozen=True, tag_field="type", tag="retention-rule"):
    """A rule as a record of the hub tells it, before or after."""

    zone: str
    records: str
    openings_days: int | None
    leaf_days: int | None


def retention_set(do: RetentionSet, asked: Asked) -> Intent:
    """Say after how many days openings and leaves go, in a zone or everywhere; the signed command is the proof.

    Records outlast their zone: one that has gone may have another rule, but no first one.
    """
    is_ruled = asked.connection.execute(_IS_RULED, (do.zone,)).fetchone()
    if do.zone != EVERY and not is_ruled and not rows_where(asked.connection, ZoneRow, id=do.zone):
        raise Refused(*UNKNOWN[ZoneRow])
    openings, leaves = do.openings_days or 0, do.leaf_days or 0
    if leaves and (openings or leaves) > leaves:
        raise Refused("bad-time", "what leads to a person cannot be kept longer than the record itself")
    values = (do.zone, do.records, openings, leaves, asked.at, asked.note.decode())
    after = _told(_Ruled(do.zone, do.records, do.openings_days, do.leaf_days))
    text = "retention is set: it counts from the next daily pass on"
    return Intent((), text, own=((_SET, values),), before=_rule_there(do, asked), after=after)


def retention_remove(do: RetentionRemove, asked: Asked) -> Intent:
    """Take a rule back: the next most exact one counts from now on, also in a pass that runs."""
    before = _rule_there(do, asked)
    if not before:
        raise Refused("unknown-rule", "there is no such rule: `doorctl retention show` tells which there are")
    text = "the rule is removed: the next most exact one counts, and without any everything is kept"
    return Intent((), text, own=((_REMOVE, (do.zone, do.records)),), before=before)


def retention_of(_: RetentionOf, asked: Asked) -> RetentionFound:
    """Tell the rules that there are."""
    return RetentionFound(tuple(RetentionLine(*row) for row in asked.connection.execute(_RULES)))


def _rule_there(do: RetentionSet | RetentionRemove, asked: Asked) -> tuple[msgspec.Raw, ...]:
    row = asked.connection.execute(_RULE, (do.zone, do.records)).fetchone()
    return () if row is None else _told(_Ruled(do.zone, do.records, *row))


def _told(rule: _Ruled) -> tuple[msgspec.Raw, ...]:
    return (msgspec.Raw(msgspec.json.encode(rule)),)
