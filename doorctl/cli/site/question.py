"""``doorctl list``: what there is."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.output import waiting
from doorctl.cli.times import a_span, local_time
from doorctl.policy.row_lists import factor_times_of, mode_times_of, windows_of
from doorctl.processes import DONE
from doorctl.site.bars import written_classes, written_steps
from doorctl.site.factors import written_factor_times
from doorctl.site.modes import written_mode_times
from doorctl.site.times import seconds_in, written_windows
from doorctl.wire.questions import MAX_ENDING_SECONDS


class Listed(StrEnum):
    """What can be listed."""

    PEOPLE = "people"
    CARDS = "cards"
    GROUPS = "groups"
    MEMBERS = "members"
    ZONES = "zones"
    DOORS = "doors"
    SCHEDULES = "schedules"
    HOLIDAYS = "holidays"
    GRANTS = "grants"
    TRAININGS = "trainings"
    VISITORS = "visitors"
    SPONSORS = "sponsors"
    BADGES = "badges"


_TIMES = frozenset({"valid_from", "valid_until", "added_at", "since", "due_at", "commanded_until"})
_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "windows": lambda text: written_windows(windows_of(text)),
    "factor_times": lambda text: written_factor_times(factor_times_of(text)),
    "reader_classes": written_classes,
    "card_classes": written_classes,
    "threats": written_steps,
    "mode_times": lambda text: written_mode_times(mode_times_of(text)),
}
"""Columns that hold a list, as JSON."""


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    hub_question(
        app, "list", "doorctl list people", "doorctl list people --ending 30d", "doorctl list grants --json"
    )(list_rows)


async def list_rows(
    desk: Desk,
    what: Annotated[Listed, typer.Argument(help="what to list")],
    *,
    ending: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN",
            help="only people, cards, grants or trainings that end within 30d, say; the first to end come first",
            callback=a_span(range(1, MAX_ENDING_SECONDS + 1), or_none=False),
        ),
    ] = None,
) -> int:
    """List people, cards, groups, members, zones, doors, schedules, holidays, grants, or what is of visitors."""
    with waiting(f"listing {what}"):
        rows = await desk.rows(what, ending=None if ending is None else seconds_in(ending))
    if ending is not None:
        rows.sort(key=_end_of)
    within = "" if ending is None else f" that end within {ending}"
    desk.output.table([_cells(desk, row) for row in rows], empty=f"There are no {what}{within}.")
    return DONE


def _end_of(row: Mapping[str, object]) -> tuple[int, str]:
    end = row.get("valid_until")
    return end if isinstance(end, int) else 0, str(row.get("last_day"))


def _cells(desk: Desk, row: Mapping[str, object]) -> Mapping[str, object]:
    """Write times by the wall clock for people; programs get Unix seconds."""
    if desk.output.as_json:
        return row
    return {column: _cell(column, value, desk.timezone) for column, value in row.items()}


def _cell(column: str, value: object, timezone: ZoneInfo) -> object:
    if column in _TIMES and isinstance(value, int):
        return local_time(value, timezone)
    return _WRITTEN[column](value) if column in _WRITTEN and isinstance(value, str) else value
