"""Rosters: what officers have signed is checked and put in force; what the rules would make of one is told."""

import sqlite3
from collections.abc import Sequence

from msgspec.structs import replace

from doorctl.core.model import Status
from doorctl.errors import Refused
from doorctl.hub.card_ring import keys_in_use
from doorctl.hub.rights.standing import suspended_admins
from doorctl.hub.two_admins.zone_asks import rule_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.hub.verbs.lists import fitting
from doorctl.hub.verbs.people.people import called
from doorctl.policy.apply import find_row, position_of
from doorctl.policy.rows import RosterRow, ScheduleRow, ZoneRow
from doorctl.wire.messages import Put, from_text
from doorctl.wire.notes import text_of
from doorctl.wire.questions import MAX_PAGE_ROWS, RosterOf
from doorctl.wire.results import RosterFound, RosterLineFound
from doorctl.wire.rights import RosterSet
from doorctl.wire.roster import (
    MAX_LINES,
    MAX_SIGNED_AHEAD,
    LineState,
    Roster,
    RosterLine,
    card_mark,
    compared,
    open_roster,
)

_ADMITTED = """
SELECT h.id, c."key", g.schedule, h.valid_until, c.valid_until, g.valid_until
FROM grants AS g
LEFT JOIN members AS m ON m."group" = g."group"
JOIN holders AS h ON h.id = coalesce(g.holder, m.holder)
JOIN credentials AS c ON c.holder = h.id
WHERE g.zone = :zone AND h.status = :active AND c.status = :active
"""


def roster_set(do: RosterSet, asked: Asked) -> Intent:
    """Put a roster in force that as many officers have signed as the zone asks for admins."""
    the(asked, ZoneRow, do.zone)
    rule = rule_of(asked.connection, do.zone)
    if not rule.strict:
        raise Refused("zone-not-strict", f"{do.zone} opens without a roster: `doorctl zone rule {do.zone} --strict`")
    note = asked.private.note if asked.private else ""
    row = RosterRow(zone=do.zone, note=note)
    if find_row(asked.connection, row) == row:
        return Intent((), f"this roster of {do.zone} is in force already")
    roster = open_roster(
        note.encode(),
        asked.roll.trust,
        zone=do.zone,
        signatures=rule.approvals,
        suspended=suspended_admins(asked.connection),
    )
    _check_new(roster, asked)
    text = f"roster {roster.version} of {do.zone}: {len(roster.lines)} line(s)"
    return Intent((Put(row),), text)


def roster_of(do: RosterOf, asked: Asked) -> RosterFound:
    """Tell the lines of the roster in force and of one by the rules as they stand, and how they differ."""
    the(asked, ZoneRow, do.zone)
    held = roster_in_force(asked, do.zone)
    found = RosterFound(
        zone=do.zone,
        version=0 if held is None else held.version,
        ring=keys_in_use(asked.connection),
        signatures=rule_of(asked.connection, do.zone).approvals,
        revision=position_of(asked.connection).revision,
        lines=(),
    )
    if do.signed:
        row = find_row(asked.connection, RosterRow(zone=do.zone, note=""))
        return replace(found, note="" if row is None else row.note)
    proposed = _proposed(asked.connection, do.zone)
    lines = _compared(held, proposed, ring=found.ring)
    page = fitting([_told(state, line, asked) for state, line in lines[do.after : do.after + MAX_PAGE_ROWS]])
    told = do.after + len(page)
    schedules = () if do.after else _schedules(asked, proposed)
    return replace(found, lines=tuple(page), after=told if told < len(lines) else None, schedules=schedules)


def roster_in_force(asked: Asked, zone: str) -> Roster | None:
    """Return the roster of a zone as the hub checked it when it came."""
    row = find_row(asked.connection, RosterRow(zone=zone, note=""))
    return None if row is None else from_text(text_of(row.note.encode()), Roster, site=asked.roll.trust.site)


def _check_new(roster: Roster, asked: Asked) -> None:
    held = roster_in_force(asked, roster.zone)
    version = 0 if held is None else held.version
    if roster.version <= version:
        raise Refused("old-roster", f"roster {version} is in force: make a newer one with `doorctl roster sign`")
    if roster.version > version + MAX_SIGNED_AHEAD:
        raise Refused("version-jump", f"roster {roster.version} is too far ahead: {version} is in force")
    unsigned = {line.schedule for line in roster.lines if line.schedule} - {each.id for each in roster.schedules}
    if unsigned:
        raise Refused("bad-roster", f"it names schedule {min(unsigned)} and does not hold it: make the roster anew")
    if roster.ring > keys_in_use(asked.connection):
        raise Refused("bad-roster", f"no card counts by {roster.ring} keys yet: make the roster anew")


def _proposed(connection: sqlite3.Connection, zone: str) -> list[RosterLine]:
    """Return a line for each card and schedule that the ordinary rules let in, until the first of their ends."""
    admitted = connection.execute(_ADMITTED, {"zone": zone, "active": str(Status.ACTIVE)})
    lines = {
        RosterLine(holder, card_mark(key), schedule, min((end for end in ends if end is not None), default=None))
        for holder, key, schedule, *ends in admitted
    }
    if len(lines) > MAX_LINES:
        raise Refused("roster-too-large", f"a roster has at most {MAX_LINES} lines; {len(lines)} would be needed")
    return sorted(lines, key=_order)


def _schedules(asked: Asked, proposed: Sequence[RosterLine]) -> tuple[ScheduleRow, ...]:
    names = sorted({line.schedule for line in proposed if line.schedule is not None})
    return tuple(the(asked, ScheduleRow, name) for name in names)


def _compared(
    held: Roster | None, proposed: Sequence[RosterLine], *, ring: int
) -> list[tuple[LineState, RosterLine]]:
    """Compare with the roster in force; marks of another ring cannot be compared, so the rest of the line must do."""
    if held is None:
        return compared((), proposed)
    if held.ring == ring:
        return compared(held.lines, proposed)
    return compared(held.lines, proposed, by=_without_card)


def _without_card(line: RosterLine) -> RosterLine:
    return replace(line, card="")


def _order(line: RosterLine) -> tuple[str, str, str, int]:
    return line.holder, line.card, line.schedule or "", line.until or 0


def _told(state: LineState, line: RosterLine, asked: Asked) -> RosterLineFound:
    handle, _ = called(asked.connection, line.holder)
    return RosterLineFound(state, line.holder, handle, line.card, line.schedule, line.until)
