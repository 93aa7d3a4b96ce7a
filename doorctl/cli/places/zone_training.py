"""``doorctl zone training``: what a zone asks somebody to have been trained in."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.places.zone_rule import ZoneArgument, zone_row
from doorctl.cli.times import a_span
from doorctl.processes import DONE
from doorctl.site.times import TRAININGS, days_in
from doorctl.site.training import asked_in
from doorctl.wire.training_words import ZoneTrainingSet

CourseOption = Annotated[str | None, typer.Option(metavar="COURSE", help="which course, such as ladder")]
WithinOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN",
        help="how long ago it may be, in whole days: 1d to 3650d",
        callback=a_span(TRAININGS, or_none=False),
    ),
]


def register(app: typer.Typer) -> None:
    """Put the command into the family ``zone``."""
    hub_command(
        app,
        "training",
        "doorctl zone training roof",
        "doorctl zone training roof --course ladder --within 365d",
        "doorctl zone training roof --course ladder --none",
    )(training)


async def training(
    desk: Desk,
    zone: ZoneArgument,
    *,
    course: CourseOption = None,
    within: WithinOption = None,
    none: Annotated[bool, typer.Option("--none", help="ask for that course no more")] = False,
) -> int:
    """Show which courses a zone asks for, and how recent, or change what it asks of one (officers)."""
    if course is None and within is None and not none:
        asked = asked_in(str((await zone_row(desk, zone)).get("trainings") or ""))
        rows = [{"course": name, "within_days": days} for name, days in asked.courses]
        desk.output.table(rows, empty=f"{zone} asks for no training.")
        return DONE
    if course is None or (within is None) is not none:
        raise typer.BadParameter("name the --course, and either --within or --none")
    return await desk.change(ZoneTrainingSet(zone, course, None if within is None else days_in(within)), zone=zone)
