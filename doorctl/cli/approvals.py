"""``doorctl approvals``, ``approve`` and ``refuse``: what waits for a second admin."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command, hub_question
from doorctl.cli.times import local_time
from doorctl.processes import DONE
from doorctl.questions import Approvals
from doorctl.results import WaitingCommand, WaitingCommands
from doorctl.rights import Approve, Refuse

RequestArgument = Annotated[
    str, typer.Argument(metavar="ID", help="the command, by its id or enough of its beginning: `doorctl approvals`")
]


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    hub_question(app, "approvals", "doorctl approvals")(approvals)
    hub_command(app, "approve", "doorctl approve 6f1d")(approve)
    hub_command(app, "refuse", "doorctl refuse 6f1d")(refuse)


async def approvals(desk: Desk) -> int:
    """List the commands that wait for a second admin."""
    found = await desk.hub.ask(Approvals(), WaitingCommands)
    desk.output.table([_cells(each, desk) for each in found.requests], empty="Nothing waits for a second admin.")
    return DONE


async def approve(desk: Desk, request: RequestArgument) -> int:
    """Agree to what another admin asked for; it is carried out at once, in both your names."""
    waiting = await _the_request(desk, request)
    return await desk.change(Approve(waiting.request), request=waiting.request)


async def refuse(desk: Desk, request: RequestArgument) -> int:
    """Refuse what another admin asked for, or take back what you asked for yourself."""
    waiting = await _the_request(desk, request)
    return await desk.change(Refuse(waiting.request), request=waiting.request)


async def _the_request(desk: Desk, beginning: str) -> WaitingCommand:
    found = await desk.hub.ask(Approvals(), WaitingCommands)
    meant = [each for each in found.requests if each.request.startswith(beginning.lower())]
    if len(meant) != 1:
        raise typer.BadParameter(f"{len(meant)} command(s) that wait begin with {beginning!r}: doorctl approvals")
    return meant[0]


def _cells(waiting: WaitingCommand, desk: Desk) -> dict[str, object]:
    cells: dict[str, object] = {
        "request": waiting.request,
        "admin": waiting.admin,
        "verb": waiting.verb,
        "about": waiting.about,
        "person": waiting.handle,
        "zones": " ".join(waiting.zones),
    }
    if desk.output.as_json:
        return cells | {"asked_at": waiting.asked_at, "expires": waiting.expires}
    return cells | {"until": local_time(waiting.expires, desk.timezone)}
