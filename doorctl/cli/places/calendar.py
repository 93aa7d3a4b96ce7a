"""``doorctl schedule`` and ``doorctl holiday``: when grants count."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command
from doorctl.cli.times import iso_date, window
from doorctl.core.model import HolidayRule
from doorctl.wire.commands import HolidayAdd, HolidayRemove, ScheduleRemove, ScheduleSet

schedules = family("schedule", "Set and remove weekly schedules, by the site's wall clock.")
holidays = family("holiday", "Say which dates are holidays.")

ScheduleArgument = Annotated[str, typer.Argument(metavar="SCHEDULE", help="the schedule, such as office-hours")]
DateArgument = Annotated[str, typer.Argument(metavar="DATE", help="a date such as 2026-12-25")]


@hub_command(schedules, "set", 'doorctl schedule set office-hours "mon-fri 07:00-19:00" "sat 08:00-12:00"')
async def set_schedule(
    desk: Desk,
    schedule: ScheduleArgument,
    windows: Annotated[
        list[str],
        typer.Argument(metavar="WINDOW...", help="days and hours; an end before the start is on the next day"),
    ],
    ignore_holidays: Annotated[
        bool, typer.Option("--ignore-holidays", help="on a holiday the ordinary weekday counts")
    ] = False,
) -> int:
    """Make a weekly schedule, or change it; a holiday has windows of its own: "holiday 10:00-12:00"."""
    rule = HolidayRule.IGNORE if ignore_holidays else HolidayRule.REPLACE
    rows = tuple(window(text) for text in windows)
    return await desk.change(ScheduleSet(schedule, rows, rule), schedule=schedule)


@hub_command(schedules, "remove", "doorctl schedule remove office-hours")
async def remove_schedule(desk: Desk, schedule: ScheduleArgument) -> int:
    """Remove a schedule that no grant uses."""
    return await desk.change(ScheduleRemove(schedule), schedule=schedule)


@hub_command(holidays, "add", "doorctl holiday add 2026-12-25")
async def add_holiday(desk: Desk, day: DateArgument) -> int:
    """Make a date a holiday."""
    return await desk.change(HolidayAdd(iso_date(day)), date=iso_date(day))


@hub_command(holidays, "remove", "doorctl holiday remove 2026-12-25")
async def remove_holiday(desk: Desk, day: DateArgument) -> int:
    """Make a date an ordinary day again."""
    return await desk.change(HolidayRemove(iso_date(day)), date=iso_date(day))


def register(app: typer.Typer) -> None:
    """Put both families among the commands."""
    app.add_typer(schedules)
    app.add_typer(holidays)
