"""The officers' command that says for how long records are kept, and the question what was said."""

from doorctl.errors import Refused
from doorctl.hub.retention_rules import EVERY
from doorctl.hub.verbs.asked import UNKNOWN, Asked, Intent
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import ZoneRow
from doorctl.wire.privacy import RetentionOf, RetentionSet
from doorctl.wire.results import RetentionFound, RetentionLine

_SET = """
INSERT OR REPLACE INTO retention_rules (zone, records, openings_days, leaf_days, at, note)
VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, ?)
"""
_RULES = "SELECT zone, records, openings_days, leaf_days, at FROM retention_rules ORDER BY zone, records"


def retention_set(do: RetentionSet, asked: Asked) -> Intent:
    """Say after how many days openings and leaves go, in a zone or everywhere; the signed command is the proof."""
    if do.zone != EVERY and not rows_where(asked.connection, ZoneRow, id=do.zone):
        raise Refused(*UNKNOWN[ZoneRow])
    openings, leaves = do.openings_days or 0, do.leaf_days or 0
    if leaves and (openings or leaves) > leaves:
        raise Refused("bad-time", "what leads to a person cannot be kept longer than the record itself")
    values = (do.zone, do.records, openings, leaves, asked.at, asked.note.decode())
    return Intent((), "retention is set: it counts from the next daily pass on", own=((_SET, values),))


def retention_of(_: RetentionOf, asked: Asked) -> RetentionFound:
    """Tell the rules that there are."""
    return RetentionFound(tuple(RetentionLine(*row) for row in asked.connection.execute(_RULES)))
