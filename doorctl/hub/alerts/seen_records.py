"""Records as the rules of suspicion see them: what stands in the leaf, and what the hub knows about it."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.leaf import PulseMark
from doorctl.clock import TRUSTED
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.core.schedule import is_open
from doorctl.core.suspicion.alerts import CAME_ALONG, LATE_SECONDS, RuleBook, RuleName, Seen
from doorctl.core.suspicion.pulse_bands import Pulses
from doorctl.errors import Refused
from doorctl.hub.alerts.came_along import came_along
from doorctl.hub.alerts.pulse_store import band_of
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.occupancy import count_at
from doorctl.hub.retention_rules import DAY_SECONDS, EARLIEST
from doorctl.policy.apply import position_of
from doorctl.policy.building import Building, PolicyPosition, read_building
from doorctl.wire.messages import decode_strictly
from doorctl.wire.topics import is_name

MOST_AT_ONCE = 200
HEARD_SECONDS = 300
"""A controller that was heard within so many seconds has sent what it had."""
WATCHED = (
    "decision",
    "floor_chosen",
    "rex",
    "forced_open",
    "reader_tamper",
    "reader_offline",
    "read_fault",
    "technician_began",
    "osdp_pairing",
    "tamper",
    "input_fault",
    "board_fault",
    "power",
    "boot",
    "flood_summary",
    "log_alarm",
    "audit_failed",
    "log_recovered",
    "hub_forked",
)
"""The kinds of record that rules look at: others are not even read."""
_OPENED_BY_REX = """r.kind = 'opened' AND instr(r.leaf, CAST('"reason":"rex"' AS BLOB)) > 0"""
"""Each passage opens a door: the others are not even read."""
_SELECT = f"""
SELECT r.position, r.controller, r.log_epoch, r.seq, r.kind, r.leaf, coalesce(o.subject, '')
FROM records AS r NOT INDEXED
LEFT JOIN openings AS o
ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.seq = r.seq AND o.part = 0
WHERE r.position > ? AND r.position <= ? AND (r.kind IN ({", ".join("?" * len(WATCHED))}) OR {_OPENED_BY_REX})
ORDER BY r.position
"""  # noqa: S608 - our own words
_VALID_UNTIL = "SELECT valid_until FROM holders WHERE id = ?"


_SUBJECT = re.compile(r"holder:[a-z0-9-]{1,32}|credential:[0-9a-f]{64}")
"""A controller may write what it likes where a record says whom it is about."""


class _Told(msgspec.Struct):
    at: str
    clock: str = ""
    door: str = ""
    zone: str = ""
    reader: str = ""
    outcome: str | None = None
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    pulse: PulseMark | None = None
    detail: str = ""
    of: int | None = None
    tree: msgspec.Raw = msgspec.Raw()


class _Tree(msgspec.Struct):
    log: str


_told = msgspec.json.Decoder(_Told)


class SeenRecords:
    """Reads records for the rules, in the order of their arrival."""

    def __init__(self, connection: sqlite3.Connection, roll: Roll) -> None:
        """Read from the hub's database; ``roll`` tells who is heard."""
        self._connection = connection
        self._roll = roll
        self._building: Building | None = None

    def newest(self) -> int:
        """Return the position of the newest record; 0 where there is none."""
        (newest,) = self._connection.execute("SELECT coalesce(max(position), 0) FROM records").fetchone()
        return int(newest)

    def between(self, after: int, up_to: int, book: RuleBook, *, now: float) -> Iterator[Seen]:
        """Yield the records after one position and up to another that a rule may look at.

        One of a newer doorctl that we cannot read is passed over. Raises sqlite3.Error.
        """
        rows = self._connection.execute(_SELECT, (after, up_to, *WATCHED)).fetchall()
        building = self._building_now() if rows else None
        for position, controller, epoch, seq, kind, leaf, subject in rows:
            told = _read(bytes(leaf))
            if told is not None and building is not None:
                whom = subject if _SUBJECT.fullmatch(subject) else ""
                is_ours = controller == HUB_LOG and kind == RecordKind.LOG_ALARM
                alarm_of = msgspec.json.decode(told.tree, type=_Tree).log if is_ours else ""
                seen = Seen(position, 0.0, kind, controller=controller, subject=whom, alarm_of=alarm_of)
                seen = self._with_facts(_seen(told, seen, now), building, book, now)
                yield seen
                company = came_along(self._connection, _read, kind, (controller, epoch, seq), told)
                yield from (_along(seen, each) for each in company if _SUBJECT.fullmatch(each) and each != subject)

    def _with_facts(self, seen: Seen, building: Building, book: RuleBook, now: float) -> Seen:
        zone = building.zones.get(seen.zone)
        return replace(
            seen,
            is_server_room=zone is not None and zone.kind is ZoneKind.SERVER_ROOM,
            left_at=self._left_at(seen.subject),
            is_in_hours=_is_in_hours(seen, building, book),
            is_complete=self._is_complete(seen.zone, building, now),
            inside=self._count_for(seen),
            band=None if seen.pulses is None else band_of(self._connection, seen.controller, seen.reader),
        )

    def _left_at(self, subject: str) -> float | None:
        kind, _, holder = subject.partition(":")
        row = self._connection.execute(_VALID_UNTIL, (holder,)).fetchone() if kind == "holder" else None
        return None if row is None or row[0] is None else float(row[0])

    def _count_for(self, seen: Seen) -> int | None:
        by_rex = seen.kind == RecordKind.REX or seen.is_opened_by_rex
        return count_at(self._connection, seen.zone, seen.at) if by_rex else None

    def _is_complete(self, zone: str, building: Building, now: float) -> bool:
        """Tell whether every controller that serves a door of the zone was heard just now."""
        doors = (door.id for door in building.doors.values() if door.zone == zone)
        serving = {controller for door in doors for controller in self._roll.serving(door)}
        heard = (self._roll.presence(controller).heard_at for controller in serving)
        return all(at is not None and now - at <= HEARD_SECONDS for at in heard)

    def _building_now(self) -> Building:
        """Return doors, zones and schedules as the policy has them now."""
        position = position_of(self._connection)
        now = PolicyPosition(position.epoch, position.revision, position.chain)
        if self._building is None or self._building.position != now:
            self._building = read_building(self._connection, now)
        return self._building


def as_name(text: str) -> str:
    """Return a door, a zone or a reader as a record names it, if that can be a name at all."""
    return text if is_name(text) else ""


def _read(leaf: bytes) -> _Told | None:
    """Read a leaf as far as rules look at it; None for one of a newer doorctl that tells it in other ways."""
    try:
        return decode_strictly(_told, leaf)
    except Refused:
        return None


def _seen(told: _Told, seen: Seen, now: float) -> Seen:
    """Add what a record tells; one from before any clock, or from beyond tomorrow, counts by when it is judged."""
    at = datetime.fromisoformat(told.at).timestamp()
    is_believed = EARLIEST <= at <= now + DAY_SECONDS
    return replace(
        seen,
        at=at if is_believed else now,
        door=as_name(told.door),
        zone=as_name(told.zone),
        reader=as_name(told.reader),
        outcome=told.outcome,
        reason=told.reason or "",
        reasons=told.reasons,
        detail=told.detail,
        pulses=None if told.pulse is None else Pulses(told.pulse.width, told.pulse.interval),
        has_good_clock=is_believed and told.clock in TRUSTED,
        is_late=abs(now - at) > LATE_SECONDS,
    )


def _along(seen: Seen, subject: str) -> Seen:
    """See somebody who came along; who chose a floor did so for all."""
    return replace(seen, subject=subject, kind=seen.kind if seen.kind == RecordKind.FLOOR_CHOSEN else CAME_ALONG)


def _is_in_hours(seen: Seen, building: Building, book: RuleBook) -> bool | None:
    """Tell whether the schedule of the site's hours was open then; None where there is none."""
    schedule = building.schedules.get(book.of(RuleName.OUT_OF_HOURS).schedule or "")
    if schedule is None:
        return None
    return is_open(schedule, datetime.fromtimestamp(seen.at, UTC), building.timezone, building.holidays)
