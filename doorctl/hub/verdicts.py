"""What an admin is told of a change: at how many controllers it is in force, who is missing, and for how long."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from doorctl.hub.controllers.presence import Presence
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import changes_after
from doorctl.hub.settlement import Step
from doorctl.policy.apply import position_of
from doorctl.policy.needs import EVERYWHERE, zones_of
from doorctl.wire.messages import FEATURE_LEVEL, Change, Missing, Response
from doorctl.wire.verdict import Verdict

MOST_NAMED = 100
MAX_TEXT = 1000

_ZONES_BEHIND = """
SELECT doors.id, doors.zone, zones.max_age_seconds, max(coalesce(door.revision, 0), coalesce(zone.revision, 0))
FROM doors
JOIN zones ON zones.id = doors.zone
LEFT JOIN place_changes AS door ON door.place = doors.id
LEFT JOIN place_changes AS zone ON zone.place = doors.zone
"""


@dataclass(frozen=True, slots=True)
class _Behind:
    """What lies behind a door: its zone with its limit, and the newest revision that says so."""

    zone: str
    max_age: int | None
    revision: int


def response_to(step: Step, connection: sqlite3.Connection, roll: Roll, *, alarm: str = "") -> Response:
    """Describe a step of a wait; an ``alarm`` is told first."""
    total, elsewhere = len(roll.trust.controllers), _not_in_force(step, connection, roll)
    in_force = total - sum(map(len, elsewhere.values()))
    verdict = (Verdict.PARTIAL if step.lacking else Verdict.DONE) if step.is_final else Verdict.PROGRESS
    return Response(
        site=roll.trust.site,
        admin=step.waiting.admin,
        command=step.waiting.command,
        verdict=verdict,
        text=f"{alarm}{_text(total, in_force, elsewhere)}"[:MAX_TEXT],
        revision=step.waiting.revision,
        in_force=in_force,
        controllers=total,
        missing=tuple(_missing(step, connection, roll)),
    )


def _text(total: int, in_force: int, elsewhere: Mapping[str, list[str]]) -> str:
    if not total:
        return "no controller is trusted yet: in force nowhere"
    whys = [f"{why} {', '.join(names)}" for why, names in elsewhere.items() if names]
    return "; ".join([f"in force at {in_force} of {total} controllers", *whys])


def _not_in_force(step: Step, connection: sqlite3.Connection, roll: Roll) -> dict[str, list[str]]:
    """Name the controllers at which a change is not in force, each once, by why."""
    idle = [name for name in step.lacking if _is_idle(roll.presence(name), step.waiting.revision)]
    without = _without_door(step, roll)
    there = roll.presences.keys() - {*step.lacking, *without}
    return {
        "no answer yet from": [name for name in step.lacking if name not in idle],
        "committed, but no door process runs at": idle,
        "no door process yet at": without,
        "kept aside until doorctl is upgraded at": _too_old_among(there, step, connection, roll),
    }


def _is_idle(presence: Presence, revision: int) -> bool:
    return (presence.revision or 0) >= revision and presence.in_force is None


def _without_door(step: Step, roll: Roll) -> list[str]:
    names = [name for name, presence in roll.presences.items() if presence.awaits_first_door]
    return [name for name in names if name not in step.lacking]


def _too_old_among(names: Collection[str], step: Step, connection: sqlite3.Connection, roll: Roll) -> list[str]:
    """Name those whose feature level is below what the change needs: they have it, and do not apply it."""
    levels = {name: each.level for name, each in roll.presences.items() if name in names}
    if min(levels.values(), default=FEATURE_LEVEL) >= FEATURE_LEVEL:
        return []
    change = _change_at(connection, step.waiting.revision)
    return [name for name, level in levels.items() if change is not None and level < change.needs]


def _missing(step: Step, connection: sqlite3.Connection, roll: Roll) -> Iterator[Missing]:
    if not step.lacking:
        return
    zones = _zones_of_revision(connection, step.waiting.revision)
    doors = {door: _Behind(*behind) for door, *behind in connection.execute(_ZONES_BEHIND)}
    epoch = position_of(connection).epoch
    for controller in step.lacking[:MOST_NAMED]:
        presence = roll.presence(controller)
        behind = [doors[door] for door in presence.doors if door in doors]
        ages = [each.max_age for each in behind if each.zone in zones] or [each.max_age for each in behind]
        told = max((each.revision for each in behind), default=0)
        knows = presence.is_at(epoch=epoch, revision=told)
        yield Missing(controller, presence.heard_at, denies_at(presence, ages) if knows else None)


def denies_at(presence: Presence, max_ages: list[int | None]) -> int | None:
    """Return when the last of these zones denies by itself, None where one never does, or nothing is known.

    The policy's age counts from when a question was made: it denies then at the latest.
    """
    known = [each for each in max_ages if each is not None]
    if presence.asked_at is None or not known or len(known) < len(max_ages):
        return None
    return presence.asked_at + max(known)


def _zones_of_revision(connection: sqlite3.Connection, revision: int) -> frozenset[str]:
    change = _change_at(connection, revision)
    return frozenset(zones_of(change.operations) if change else ()) - {EVERYWHERE}


def _change_at(connection: sqlite3.Connection, revision: int) -> Change | None:
    """Read one change; None if an erasure has taken its bytes."""
    change = next(changes_after(connection, revision - 1), None)
    return change if change and change.revision == revision else None
