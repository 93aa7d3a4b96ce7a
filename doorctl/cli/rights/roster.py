"""``doorctl roster``: who may enter a strict zone, as officers sign it.

What an officer agrees to is the difference to the roster that officers signed before, worked out here from that
signed note and from what was signed here before: a hub that was broken into could say that its own line has always
been there.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.asking import agreed
from doorctl.cli.desk import Desk, family, hub_command, hub_question, private
from doorctl.cli.places.place import ZoneArgument
from doorctl.cli.rights.roster_memory import Held, RosterMemory
from doorctl.cli.times import local_time
from doorctl.durable import write_new_file
from doorctl.errors import ConfigError, Refused
from doorctl.policy.rows import ScheduleRow
from doorctl.processes import DONE, REFUSED
from doorctl.site.times import written_hours
from doorctl.trust.note import Trust
from doorctl.wire.messages import from_text, to_text
from doorctl.wire.notes import sign_text, text_of
from doorctl.wire.questions import RosterOf
from doorctl.wire.results import RosterFound
from doorctl.wire.rights import RosterSet
from doorctl.wire.roster import (
    MAX_SIGNED_AHEAD,
    LineState,
    Roster,
    RosterLine,
    RosterVersion,
    compared,
    open_roster,
)

app = family("roster", "Show and sign who may enter a strict zone.")


@dataclass(frozen=True, slots=True)
class Rosters:
    """What the hub found, the roster in force if that is proven, and the lines that the rules would make."""

    found: RosterFound
    held: Held
    proposed: tuple[RosterLine, ...]
    schedules: tuple[ScheduleRow, ...]
    handles: Mapping[str, str]


@hub_question(app, "show", "doorctl roster show server-room")
async def show(desk: Desk, zone: ZoneArgument) -> int:
    """Show the roster in force, and who would be added or removed by the rules as they stand."""
    rosters = await _rosters(desk, zone, _memory(desk))
    desk.output.news(_title(rosters))
    desk.output.table(_rows(rosters, rosters.proposed, desk), empty="Nobody is on it, and nobody would be.")
    return DONE


@hub_command(
    app,
    "sign",
    "doorctl roster sign server-room",
    "doorctl roster sign server-room --out server-room.note",
    "doorctl roster sign server-room --with server-room.note",
)
async def sign(
    desk: Desk,
    zone: ZoneArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write what you sign here, for a second officer")
    ] = None,
    first: Annotated[
        Path | None, typer.Option("--with", metavar="FILE", help="add your signature to what the first officer wrote")
    ] = None,
) -> int:
    """Sign the roster that the present grants and cards make, after looking at what changes by it (officers)."""
    memory = _memory(desk)
    rosters = await _rosters(desk, zone, memory)
    if rosters.found.signatures > 1 and out is None and first is None:
        raise Refused("too-few-officers", "this zone asks for two officers: write it with --out FILE for the second")
    signed = b"" if first is None else _signed_by_another(first, rosters, _trust(desk))
    text = text_of(signed) if signed else to_text(_new_roster(rosters, memory.next_version(rosters.found), desk))
    roster = from_text(text, Roster, site=desk.hub.account.site)
    _show_changes(rosters, roster, desk)
    if not yes and not await asyncio.to_thread(agreed, f"Sign these {len(roster.lines)} line(s)?"):
        return REFUSED
    version = RosterVersion(roster.version, hashlib.sha256(text).hexdigest())
    memory.sign(zone, version, held=rosters.held, signatures=rosters.found.signatures)
    note = _add_signature(signed, text, desk)
    if out is not None:
        write_new_file(out, note, mode=0o600)
        desk.output.result({"zone": zone, "version": roster.version, "file": str(out)}, f"written to {out}")
        return DONE
    code = await desk.change(RosterSet(zone), private(note=note.decode()), zone=zone, version=roster.version)
    memory.brought(zone, version)
    return code


async def _rosters(desk: Desk, zone: str, memory: RosterMemory) -> Rosters:
    """Ask for both rosters, in pages that must belong together."""
    found = await desk.hub.ask(RosterOf(zone, signed=True), RosterFound)
    proposed: list[RosterLine] = []
    schedules: tuple[ScheduleRow, ...] = ()
    handles: dict[str, str] = {}
    async for page in desk.pages(RosterOf(zone), RosterFound):
        if (page.version, page.revision) != (found.version, found.revision):
            raise Refused("site-moved", "the site changed meanwhile: say it again")
        handles |= {line.holder: line.handle for line in page.lines if line.handle is not None}
        lines = [RosterLine(each.holder, each.card, each.schedule, each.until) for each in page.lines]
        proposed += [line for line, told in zip(lines, page.lines, strict=True) if told.state != LineState.GONE]
        schedules += page.schedules
    suspended = [str(row["admin"]) for row in await desk.rows("admins") if row["suspended"]]
    held = memory.held(found, _trust(desk), suspended=suspended)
    return Rosters(found, held, tuple(proposed), schedules, handles)


def _new_roster(rosters: Rosters, version: int, desk: Desk) -> Roster:
    found = rosters.found
    return Roster(
        site=desk.hub.account.site,
        zone=found.zone,
        version=version,
        at=int(time.time()),
        ring=found.ring,
        lines=rosters.proposed,
        schedules=rosters.schedules,
        timezone=desk.timezone.key,
    )


def _signed_by_another(path: Path, rosters: Rosters, trust: Trust) -> bytes:
    """Read what another officer signed, if the rules still say the same."""
    try:
        note = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    roster = open_roster(note, trust, zone=rosters.found.zone, signatures=1)
    says, wanted = (roster.lines, roster.schedules), (rosters.proposed, rosters.schedules)
    ahead = roster.version - rosters.found.version
    if not 0 < ahead <= MAX_SIGNED_AHEAD or says != wanted:
        raise Refused("old-roster", f"{path} is not what the rules say now: let the first officer sign anew")
    return note


def _add_signature(signed: bytes, text: bytes, desk: Desk) -> bytes:
    note = sign_text(text, desk.hub.account.identity.signer)
    return signed + note.removeprefix(text + b"\n") if signed else note


def _memory(desk: Desk) -> RosterMemory:
    return RosterMemory(desk.hub.account.pins.trust.parent)


def _trust(desk: Desk) -> Trust:
    return desk.hub.account.pins.read().trust


def _title(rosters: Rosters) -> str:
    found = rosters.found
    if rosters.held.why:
        return f"Roster {found.version} of {found.zone} is not proven, so every line is new: {rosters.held.why}"
    return f"Roster of {found.zone}: {f'version {found.version}' if found.version else 'none'} in force."


def _show_changes(rosters: Rosters, roster: Roster, desk: Desk) -> None:
    desk.output.news(_title(rosters))
    desk.output.table(_changes(rosters, roster.lines, desk), empty="No line changes.")
    held = rosters.held.roster
    for schedule in roster.schedules:
        if held is None or schedule not in held.schedules or roster.timezone != held.timezone:
            hours = written_hours(schedule.windows, schedule.holidays)
            desk.output.news(f"Schedule {schedule.id}, new or changed: {hours}, by the clock of {roster.timezone}")


def _changes(rosters: Rosters, lines: Sequence[RosterLine], desk: Desk) -> list[dict[str, object]]:
    return [row for row in _rows(rosters, lines, desk) if row["state"] != LineState.KEPT]


def _rows(rosters: Rosters, lines: Sequence[RosterLine], desk: Desk) -> list[dict[str, object]]:
    """Compare lines with the roster in force; cards of another ring look new, for nobody can compare them."""
    held = () if rosters.held.roster is None else rosters.held.roster.lines
    return [_row(state, line, rosters, desk) for state, line in compared(held, lines)]


def _row(state: str, line: RosterLine, rosters: Rosters, desk: Desk) -> dict[str, object]:
    until: object = line.until
    if line.until is not None and not desk.output.as_json:
        until = local_time(line.until, desk.timezone)
    return {
        "state": state,
        "person": rosters.handles.get(line.holder),
        "holder": line.holder,
        "card": line.card,
        "schedule": line.schedule,
        "until": until,
    }
