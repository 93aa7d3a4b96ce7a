"""``doorctl person trained``: when somebody was trained in what."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.people.person import HandleArgument
from doorctl.cli.times import iso_date
from doorctl.wire.training_words import TrainingSet


def register(app: typer.Typer) -> None:
    """Put the command into the family ``person``."""
    hub_command(
        app,
        "trained",
        "doorctl person trained ada --course ladder --on 2026-11-22",
        "doorctl person trained ada --course ladder --never",
    )(trained)


async def trained(
    desk: Desk,
    handle: HandleArgument,
    *,
    course: Annotated[str, typer.Option(metavar="COURSE", help="which course, such as ladder")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="the last day of it; none that is to come")] = None,
    never: Annotated[bool, typer.Option("--never", help="they did not take it")] = False,
) -> int:
    """Note when a person last took a course, which zones may ask for; `doorctl list trainings` tells who did when."""
    if (on is None) is not never:
        raise typer.BadParameter("either --on, or --never")
    holder = await desk.holder(handle)
    return await desk.change(TrainingSet(holder, course, None if on is None else iso_date(on)), holder=holder)
