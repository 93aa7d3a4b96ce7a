"""``doorctl person clearance``: how far somebody is cleared, for zones that ask for it at a threat level."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.people.person import HandleArgument
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, LOWEST_CLEARANCE
from doorctl.processes import DONE
from doorctl.wire.threats import ClearanceSet


def register(app: typer.Typer) -> None:
    """Add the command to the family of those about people."""
    hub_command(app, "clearance", "doorctl person clearance ada", "doorctl person clearance ada 2")(clearance)


async def clearance(
    desk: Desk,
    handle: HandleArgument,
    clearance: Annotated[
        int | None,
        typer.Argument(
            metavar="CLEARANCE",
            min=LOWEST_CLEARANCE,
            max=HIGHEST_CLEARANCE,
            help="0, not at all, to 9; shown if not given",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Show how far somebody is cleared, or change it (officers); `doorctl zone threat` says what a zone asks for."""
    found = await desk.standing(handle)
    if clearance is None:
        desk.output.result(
            {"handle": handle, "clearance": found.clearance}, f"{handle} has clearance {found.clearance}."
        )
        return DONE
    return await desk.change(ClearanceSet(found.holder or "", clearance), holder=found.holder)
