"""``doorctl door modes`` and ``doorctl door mode``: a door's modes by the clock, and the one that is commanded."""

import time
from collections.abc import Mapping
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.times import NOTHING, all_in, each_in, local_time, span_seconds, unix_seconds
from doorctl.core.modes import COMMANDED, Mode
from doorctl.errors import Refused
from doorctl.policy.row_lists import mode_times_of
from doorctl.processes import DONE
from doorctl.site.modes import mode_time_in, written_mode_times
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.results import Cell

SPANS = range(60, 366 * 86_400 + 1)
_MODES = (
    "doorctl door modes lobby-east",
    "doorctl door modes lobby-east card --in office=first-person-in",
    "doorctl door modes shop office --office-group keepers --in night=locked",
)
_MODE = (
    "doorctl door mode lobby-east",
    "doorctl door mode lobby-east unlocked --for 2h",
    "doorctl door mode lobby-east locked --until 2027-01-31T18:00",
    "doorctl door mode lobby-east --usual",
)


def _to_command(mode: Mode | None) -> Mode | None:
    """Check that somebody can command this mode."""
    if mode is not None and mode not in COMMANDED:
        raise typer.BadParameter(f"{mode} begins by the clock or by a holder: command {', '.join(sorted(COMMANDED))}")
    return mode


DoorArgument = Annotated[str, typer.Argument(metavar="DOOR", help="the door, such as lobby-east")]
UsualArgument = Annotated[
    Mode | None, typer.Argument(metavar="MODE", help="the usual mode, at all times but --in", show_default=False)
]
CommandArgument = Annotated[
    Mode | None,
    typer.Argument(
        metavar="MODE",
        help="locked, card or unlocked, whatever the clock says",
        callback=_to_command,
        show_default=False,
    ),
]
TimesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="SCHEDULE=MODE",
        help="its mode while a schedule is open; again for another: the first open one counts; none: no more",
        callback=each_in(mode_time_in),
    ),
]
GroupOption = Annotated[
    str | None,
    typer.Option(
        metavar="GROUP", help="whose members unlock and lock it in the mode office; or none", show_default=False
    ),
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="T", help="until when; written like 2027-01-31T18:00")
]
ForOption = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="how long from now, such as 30m or 2h")]


def register(app: typer.Typer) -> None:
    """Put the commands into the family ``door``."""
    hub_command(app, "modes", *_MODES)(modes)
    hub_command(app, "mode", *_MODE)(mode)


async def modes(
    desk: Desk,
    door: DoorArgument,
    usual: UsualArgument = None,
    *,
    times: TimesOption = None,
    office_group: GroupOption = None,
) -> int:
    """Show a door's modes by the clock, or change what is given of them; the rest stays."""
    present = _modes_of(await _row(desk, door), door)
    if usual is None and not times and office_group is None:
        desk.output.table([_shown(present, as_json=desk.output.as_json)], empty="")
        return DONE
    group = present.office_group if office_group is None else office_group
    wanted = DoorModeSet(
        door,
        present.mode if usual is None else usual,
        times=all_in(times, mode_time_in) if times else present.times,
        office_group=None if group == NOTHING else group,
    )
    return await desk.change(wanted, door=door)


async def mode(
    desk: Desk,
    door: DoorArgument,
    commanded: CommandArgument = None,
    *,
    until: UntilOption = None,
    lasts: ForOption = None,
    usual: Annotated[bool, typer.Option("--usual", help="end the command: the clock decides again")] = False,
) -> int:
    """Show what is commanded of a door, put it into a mode at once, or end that.

    Without --for or --until it lasts until it is ended.
    """
    if usual and (commanded is not None or until is not None or lasts is not None):
        raise typer.BadParameter("--usual ends what is commanded: give no mode with it")
    if usual:
        return await desk.change(DoorOverrideEnd(door), door=door)
    if until is not None and lasts is not None:
        raise typer.BadParameter("say --for SPAN or --until T")
    if commanded is not None:
        return await desk.change(DoorOverrideSet(door, commanded, _end_of(until, lasts, desk)), door=door)
    if until is not None or lasts is not None:
        raise typer.BadParameter("say which mode: locked, card or unlocked")
    row = await _row(desk, door)
    desk.output.table([_commanded(row, desk)], empty="")
    return DONE


def _end_of(until: str | None, lasts: str | None, desk: Desk) -> int | None:
    if until is not None:
        return unix_seconds(until, desk.timezone)
    return None if lasts is None else int(time.time()) + span_seconds(lasts, SPANS)


async def _row(desk: Desk, door: str) -> Mapping[str, Cell]:
    row = {each["door"]: each for each in await desk.rows("doors")}.get(door)
    if row is None:
        raise Refused("unknown-door", "there is no such door: `doorctl list doors` shows them")
    return row


def _modes_of(row: Mapping[str, Cell], door: str) -> DoorModeSet:
    """Return a door's modes as the command that would set just those; without a row it is opened by cards."""
    if row["mode"] is None:
        return DoorModeSet(door)
    group = row["office_group"]
    times = mode_times_of(str(row["mode_times"]))
    return DoorModeSet(door, Mode(str(row["mode"])), times=times, office_group=None if group is None else str(group))


def _shown(present: DoorModeSet, *, as_json: bool) -> Mapping[str, object]:
    if as_json:
        return {name: getattr(present, name) for name in present.__struct_fields__}
    return {
        "door": present.door,
        "mode": present.mode,
        "in": written_mode_times(present.times) or NOTHING,
        "office_group": present.office_group or NOTHING,
    }


def _commanded(row: Mapping[str, Cell], desk: Desk) -> Mapping[str, object]:
    until = row["commanded_until"]
    if desk.output.as_json:
        return {"door": row["door"], "commanded": row["commanded"], "until": until}
    written = None if until is None else local_time(int(until), desk.timezone)
    return {"door": row["door"], "commanded": row["commanded"] or NOTHING, "until": written or NOTHING}
