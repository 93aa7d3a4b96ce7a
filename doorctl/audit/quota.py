"""How much a log may hold, what may go first, and which records may not crowd the others out.

1. Faults and refusals, of which anybody can make as many as they like, may fill a fifth of the log; then they are
   counted in summaries alone. Decisions that let somebody in, and all that a door does, have the rest to themselves.
2. What goes is what the hub holds: in whole segments, the oldest first; when it is older than the days it is kept, or
   earlier when the log is full; what opens records does not wait for its segment (``stale_openings``). What the hub
   lacks never goes: a log that is full of it takes no record, and the zone's rule for a record that fails decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorctl.audit.leaf import Statement
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind

FLOOD_SHARE = 0.2
SHORT_PERCENT, ALMOST_FULL_PERCENT = 90, 95
"""So much of the file system is used, by whomever: floods and heartbeats are left out; strict doors deny, too."""
_ENOUGH_TO_MEASURE = 4096
"""Of fewer records the bytes say little: most are tables and free pages."""
_FLOOD_KINDS = frozenset(
    {
        RecordKind.READ_FAULT,
        RecordKind.READER_ONLINE,
        RecordKind.READER_OFFLINE,
        RecordKind.READER_TAMPER,
        RecordKind.TAMPER,
        RecordKind.INPUT_FAULT,
        RecordKind.POWER,
        RecordKind.FLOOD_SUMMARY,
        RecordKind.LINK,
    }
)


@dataclass(frozen=True, slots=True)
class Quota:
    """The limits: how many records, how much of the disk they may take, how many days what the hub has is kept."""

    records: int = 5_000_000
    disk_percent: int = 50
    keep_days: int = 30

    def most_records(self, held: int, *, used_bytes: int, disk_bytes: int) -> int:
        """Return how many records fit, by number and by the bytes that those held take."""
        if held < _ENOUGH_TO_MEASURE:
            return self.records
        by_bytes = held * disk_bytes * self.disk_percent // (100 * max(1, used_bytes))
        return min(self.records, by_bytes)

    def is_past(self, newest: datetime, *, at: datetime) -> bool:
        """Answer whether records up to this time have been kept long enough."""
        return at - newest > timedelta(days=self.keep_days)


def has_room_for_floods(floods: int, most_records: int) -> bool:
    """Answer whether one more record that anybody could cause may be written."""
    return floods < FLOOD_SHARE * most_records


def floods_in(statements: Iterable[Statement]) -> int:
    """Count the records of which anybody can cause as many as they like."""
    return sum(_is_flood(statement) for statement in statements)


def _is_flood(statement: Statement) -> bool:
    if statement.kind is RecordKind.DECISION:
        return statement.outcome is Outcome.DENIED
    return statement.kind in _FLOOD_KINDS
