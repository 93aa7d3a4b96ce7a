"""``doorctl person``: who there is."""

from enum import StrEnum
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, FromOption, UntilOption, family, hub_command, new_id, private
from doorctl.cli.times import optional_seconds, unix_seconds, validity
from doorctl.core.model import Status
from doorctl.wire.commands import PersonAdd, PersonEdit, PersonRemove, PersonSet

app = family("person", "Add, change, suspend and remove people.")

_NO_LIMIT = "none"


class Standing(StrEnum):
    """Whether the cards of a person count."""

    ACTIVE = Status.ACTIVE
    SUSPENDED = Status.SUSPENDED


def _a_handle(text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise typer.BadParameter("a handle is one word, such as ada")
    return text


HandleArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="one short word for a person, such as ada")]


@hub_command(app, "add", 'doorctl person add ada --name "Ada"')
async def add(
    desk: Desk,
    handle: HandleArgument,
    name: Annotated[str, typer.Option(metavar="NAME", help="the full name; it never leaves the hub")] = "",
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
) -> int:
    """Add a person; names and handles travel sealed and stay at the hub."""
    since, until = optional_seconds(valid_from, desk.timezone), optional_seconds(valid_until, desk.timezone)
    holder = new_id()
    return await desk.change(
        PersonAdd(holder, valid_from=since, valid_until=until),
        private(handle=handle, name=name),
        limits=validity(since, until, desk.timezone),
        holder=holder,
    )


@hub_command(
    app,
    "edit",
    'doorctl person edit ada --name "Ada Lovelace"',
    "doorctl person edit ada --until 2027-12-31",
    "doorctl person edit ada --until none",
    "doorctl person edit ada --handle ada.lovelace",
)
async def edit(
    desk: Desk,
    handle: HandleArgument,
    *,
    new_handle: Annotated[
        str | None, typer.Option("--handle", metavar="NEW", help="another handle", callback=_a_handle)
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="the full name", show_default=False)] = None,
    valid_from: Annotated[str | None, typer.Option("--from", metavar="T", help="since when; none: always")] = None,
    valid_until: Annotated[
        str | None,
        typer.Option("--until", metavar="T", help="the first moment that no longer counts; none: for ever"),
    ] = None,
    status: Annotated[Standing | None, typer.Option(help="whether their cards count", show_default=False)] = None,
) -> int:
    """Change what is given of a person; the rest stays, and so do cards, groups and grants."""
    if all(each is None for each in (new_handle, name, valid_from, valid_until, status)):
        raise typer.BadParameter("say what to change: --handle, --name, --from, --until or --status")
    present = await desk.standing(handle)
    since = _moment(valid_from, present.valid_from, desk)
    until = _moment(valid_until, present.valid_until, desk)
    wanted = PersonEdit(
        present.holder or "",
        present.status or Status.SUSPENDED if status is None else Status(status),
        valid_from=since,
        valid_until=until,
    )
    return await desk.change(
        wanted,
        private(handle=new_handle or "", name=present.name if name is None else name),
        limits=validity(since, until, desk.timezone),
        holder=wanted.holder,
    )


@hub_command(app, "suspend", "doorctl person suspend ada")
async def suspend(desk: Desk, handle: HandleArgument) -> int:
    """Let no card of a person open anything until resumed."""
    return await _set(desk, handle, Status.SUSPENDED)


@hub_command(app, "resume", "doorctl person resume ada")
async def resume(desk: Desk, handle: HandleArgument) -> int:
    """End a suspension."""
    return await _set(desk, handle, Status.ACTIVE)


@hub_command(app, "remove", "doorctl person remove ada")
async def remove(desk: Desk, handle: HandleArgument) -> int:
    """Remove a person with their cards, PIN, memberships and grants."""
    holder = await desk.holder(handle)
    return await desk.change(PersonRemove(holder), holder=holder)


async def _set(desk: Desk, handle: str, status: Status) -> int:
    holder = await desk.holder(handle)
    return await desk.change(PersonSet(holder, status), holder=holder)


def _moment(given: str | None, present: int | None, desk: Desk) -> int | None:
    if given is None:
        return present
    return None if given == _NO_LIMIT else unix_seconds(given, desk.timezone)
