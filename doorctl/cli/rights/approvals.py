"""``doorctl approvals``, ``approve`` and ``refuse``: what waits for a second admin, whole and as it was signed."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from doorctl.cli.asking import agreed
from doorctl.cli.desk import Desk, hub_command, hub_question
from doorctl.cli.output import say_error
from doorctl.cli.rights.signed_request import SignedRequest, signed_request, told
from doorctl.cli.times import local_time
from doorctl.errors import Refused
from doorctl.processes import DONE, REFUSED
from doorctl.trust.note import Trust
from doorctl.wire.questions import Approvals
from doorctl.wire.results import WaitingCommand, WaitingCommands
from doorctl.wire.rights import Approve, Refuse

ID_DIGITS = 32
RequestArgument = Annotated[
    str, typer.Argument(metavar="ID", help="the command, by its id or enough of its beginning: `doorctl approvals`")
]
YesOption = Annotated[bool, typer.Option("--yes", help="do not ask; takes the whole id")]


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    hub_question(app, "approvals", "doorctl approvals")(approvals)
    hub_command(app, "approve", "doorctl approve 6f1d")(approve)
    hub_command(app, "refuse", "doorctl refuse 6f1d")(refuse)


async def approvals(desk: Desk) -> int:
    """List the commands that wait for a second admin: all that they say, and what they would change."""
    waiting, trust = await _what_waits(desk, Approvals()), _trust(desk)
    desk.output.table([_cells(each, trust, desk) for each in waiting], empty="Nothing waits for a second admin.")
    return DONE


async def approve(desk: Desk, request: RequestArgument, *, yes: YesOption = False) -> int:
    """Agree to what another admin asked for, after looking at it; it is carried out at once, in both your names."""
    return await _decide(desk, request, _agreed, yes=yes)


async def refuse(desk: Desk, request: RequestArgument, *, yes: YesOption = False) -> int:
    """Refuse what another admin asked for, or take back what you asked for yourself, after looking at it."""
    return await _decide(desk, request, _refused, yes=yes)


async def _decide(
    desk: Desk, beginning: str, decision: Callable[[WaitingCommand, SignedRequest], Approve | Refuse], *, yes: bool
) -> int:
    """Show exactly what is decided, and name it by its hashes: its id could mean something else by then."""
    if yes and len(beginning) != ID_DIGITS:
        raise typer.BadParameter(f"--yes takes the whole id, of {ID_DIGITS} digits: doorctl approvals")
    waiting = await _the_request(desk, beginning)
    found = signed_request(waiting, _trust(desk))
    say_error(_sentence(waiting, found, desk))
    decided = decision(waiting, found)
    question = f"{type(decided).__name__} what {waiting.admin} asks for?"
    if not yes and not await asyncio.to_thread(agreed, question):
        return REFUSED
    return await desk.change(decided, request=waiting.request)


def _agreed(waiting: WaitingCommand, found: SignedRequest) -> Approve:
    return Approve(waiting.request, found.sha256, waiting.grounds or None)


def _refused(waiting: WaitingCommand, found: SignedRequest) -> Refuse:
    return Refuse(waiting.request, found.sha256)


async def _the_request(desk: Desk, beginning: str) -> WaitingCommand:
    meant = await _what_waits(desk, Approvals(request=beginning.lower()))
    if len(meant) > 1:
        raise typer.BadParameter(f"{len(meant)} commands that wait begin with {beginning!r}: write more of the id")
    return meant[0]


async def _what_waits(desk: Desk, question: Approvals) -> list[WaitingCommand]:
    return [each async for page in desk.pages(question, WaitingCommands) for each in page.requests]


def _sentence(waiting: WaitingCommand, found: SignedRequest, desk: Desk) -> str:
    until = local_time(waiting.expires, desk.timezone)
    return f"{waiting.admin} asks for this, until {until}:\n  {told(found, waiting, desk.timezone)}"


def _cells(waiting: WaitingCommand, trust: Trust, desk: Desk) -> dict[str, object]:
    cells: dict[str, object] = {
        "request": waiting.request,
        "admin": waiting.admin,
        "asks": _asks(waiting, trust, desk),
        "person": waiting.handle,
        "zones": " ".join(waiting.zones),
    }
    if desk.output.as_json:
        grounds = {name: msgspec.to_builtins(getattr(waiting, name)) for name in ("schedule", "members", "holidays")}
        return cells | grounds | {"asked_at": waiting.asked_at, "expires": waiting.expires}
    return cells | {"until": local_time(waiting.expires, desk.timezone)}


def _asks(waiting: WaitingCommand, trust: Trust, desk: Desk) -> object:
    """Tell what it says, for programs as the command's own fields; or why it is not the admin's word."""
    try:
        found = signed_request(waiting, trust)
    except Refused as refusal:
        return f"not proven: {refusal}"
    return msgspec.to_builtins(found.do) if desk.output.as_json else told(found, waiting, desk.timezone)


def _trust(desk: Desk) -> Trust:
    return desk.hub.account.pins.read().trust
