"""What an admin is told of a change: at how many controllers it is in force, who is missing, and for how long."""

import sqlite3
from collections.abc import Iterator

import msgspec

from doorctl.hub.history import changes_after
from doorctl.hub.presence import Presence
from doorctl.hub.roll import Roll
from doorctl.hub.settlement import Step
from doorctl.policy.apply import position_of
from doorctl.policy.needs import EVERYWHERE, zones_of
from doorctl.policy.rows import DoorRow, ZoneRow
from doorctl.wire.messages import Missing, Response, change_from
from doorctl.wire.verdict import Verdict

MOST_NAMED = 100
MAX_TEXT = 1000
MOST_LOOKED_AT = 5000
"""Of a controller that lacks more changes than this it is not known what its doors go by."""

_ZONES_BEHIND = """
SELECT doors.id, doors.zone, zones.max_age_seconds FROM doors JOIN zones ON zones.id = doors.zone
"""
_PLACES_CHANGED = """
SELECT change FROM changes WHERE revision > :after
AND (instr(change, CAST('"type":"zone"' AS BLOB)) OR instr(change, CAST('"type":"door"' AS BLOB)))
ORDER BY revision
"""


def response_to(step: Step, connection: sqlite3.Connection, roll: Roll, *, alarm: str = "") -> Response:
    """Describe a step of a wait; an ``alarm`` is told first."""
    total = len(roll.trust.controllers)
    verdict = (Verdict.PARTIAL if step.lacking else Verdict.DONE) if step.is_final else Verdict.PROGRESS
    return Response(
        site=roll.trust.site,
        admin=step.waiting.admin,
        command=step.waiting.command,
        verdict=verdict,
        text=f"{alarm}{_text(step, roll)}"[:MAX_TEXT],
        revision=step.waiting.revision,
        in_force=total - len(step.lacking) - len(_without_door(step, roll)),
        controllers=total,
        missing=tuple(_missing(step, connection, roll)),
    )


def _text(step: Step, roll: Roll) -> str:
    total, without = len(roll.trust.controllers), _without_door(step, roll)
    if not total:
        return "no controller is trusted yet: in force nowhere"
    idle = [name for name in step.lacking if _is_idle(roll.presence(name), step.waiting.revision)]
    parts = {
        f"in force at {total - len(step.lacking) - len(without)} of {total} controllers": [""],
        "no answer yet from ": [name for name in step.lacking if name not in idle],
        "committed, but no door process runs at ": idle,
        "no door process yet at ": without,
    }
    return "; ".join(f"{what}{', '.join(names)}" for what, names in parts.items() if names)


def _is_idle(presence: Presence, revision: int) -> bool:
    return (presence.revision or 0) >= revision and presence.in_force is None


def _without_door(step: Step, roll: Roll) -> list[str]:
    names = [name for name, presence in roll.presences.items() if presence.awaits_first_door]
    return [name for name in names if name not in step.lacking]


def _missing(step: Step, connection: sqlite3.Connection, roll: Roll) -> Iterator[Missing]:
    if not step.lacking:
        return
    zones = _zones_of_revision(connection, step.waiting.revision)
    doors = {door: (door, zone, max_age) for door, zone, max_age in connection.execute(_ZONES_BEHIND)}
    presences = {controller: roll.presence(controller) for controller in step.lacking[:MOST_NAMED]}
    position = position_of(connection)
    oldest = max(position.revision - MOST_LOOKED_AT, min(each.reached or 0 for each in presences.values()))
    changed = _places_changed_after(connection, oldest)
    for controller, presence in presences.items():
        behind = [doors[door] for door in presence.doors if door in doors]
        ages = [max_age for _, zone, max_age in behind if zone in zones] or [max_age for _, _, max_age in behind]
        told = max((changed.get(each, oldest) for door, zone, _ in behind for each in (door, zone)), default=0)
        knows = presence.is_at(epoch=position.epoch, revision=told)
        yield Missing(controller, presence.heard_at, denies_at(presence, ages) if knows else None)


def _places_changed_after(connection: sqlite3.Connection, revision: int) -> dict[str, int]:
    """Return the newest revision after this one that says something of a zone or a door, by its id."""
    changed = {}
    for (raw,) in connection.execute(_PLACES_CHANGED, {"after": revision}):
        change = change_from(msgspec.Raw(raw))
        for operation in change.operations:
            if isinstance(operation.row, ZoneRow | DoorRow):
                changed[operation.row.id] = change.revision
    return changed


def denies_at(presence: Presence, max_ages: list[int | None]) -> int | None:
    """Return when the last of these zones denies by itself, None where one never does, or nothing is known.

    The policy's age counts from when a question was made: it denies then at the latest.
    """
    known = [each for each in max_ages if each is not None]
    if presence.asked_at is None or not known or len(known) < len(max_ages):
        return None
    return presence.asked_at + max(known)


def _zones_of_revision(connection: sqlite3.Connection, revision: int) -> frozenset[str]:
    change = next(changes_after(connection, revision - 1), None)
    zones = zones_of(change.operations) if change else ()
    return frozenset(zones) - {EVERYWHERE}
