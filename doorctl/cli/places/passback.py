"""``doorctl passback``: have it forgotten who is inside."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command
from doorctl.wire.occupancy_words import PassbackReset

app = family("passback", "Forgive those who cannot enter or leave because of where they are thought to be.")


@hub_command(
    app,
    "reset",
    "doorctl passback reset ada",
    "doorctl passback reset --zone floor-3",
    "doorctl passback reset --all",
)
async def reset(
    desk: Desk,
    handle: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="whose place is forgotten", show_default=False)
    ] = None,
    *,
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help="of the zone alone")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="of everybody, everywhere")] = False,
) -> int:
    """Forget once where somebody is, or everybody in a zone, at every controller that it reaches."""
    if (handle is None and zone is None) != everybody:
        raise typer.BadParameter("name a person, a --zone, or both; or give --all alone")
    holder = None if handle is None else await desk.holder(handle)
    return await desk.change(PassbackReset(holder, zone), handle=handle, zone=zone)


def register(commands: typer.Typer) -> None:
    """Put the family among the commands."""
    commands.add_typer(app)
