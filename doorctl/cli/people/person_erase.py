"""``doorctl person erase``: erase a person for ever, and tell what that has not reached yet, with dates."""

import asyncio
from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.asking import agreed
from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.times import local_time
from doorctl.errors import Refused
from doorctl.processes import REFUSED
from doorctl.wire.privacy import CopyLeft, ErasureFound, ErasureOf, PersonErase
from doorctl.wire.topics import is_name

PersonArgument = Annotated[
    str, typer.Argument(metavar="HANDLE|ID", help="the handle, or the id of who was removed or erased before")
]


def register(app: typer.Typer) -> None:
    """Add the command to the family of those about people."""
    hub_command(
        app,
        "erase",
        "doorctl person erase ada",
        "doorctl person erase 0123456789abcdef --status",
    )(erase)


async def erase(
    desk: Desk,
    person: PersonArgument,
    *,
    status: Annotated[bool, typer.Option("--status", help="change nothing, tell how far it has come")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> int:
    """Erase a person for ever: name, cards, grants, and what leads from records to them; the log still verifies."""
    holder = person if status else await holder_meant(desk, person)
    code = 0
    if not status:
        question = f"Erase {person} (id {holder}) for ever? Records will no longer tell where this person was."
        if not yes and not await asyncio.to_thread(agreed, question):
            return REFUSED
        code = await desk.change(PersonErase(holder), holder=holder)
    found = await desk.hub.ask(ErasureOf(holder), ErasureFound)
    desk.output.result(found, "\n".join(told(found, desk.timezone)))
    return code


async def holder_meant(desk: Desk, person: str) -> str:
    """Return the holder of this handle, or else the id itself. Raises Refused ``unknown-holder``."""
    try:
        return await desk.holder(person)
    except Refused as refusal:
        if refusal.refusal == "unknown-holder" and is_name(person):
            return person
        raise


def told(found: ErasureFound, timezone: ZoneInfo) -> Iterator[str]:
    """Write, line by line, where somebody is erased since when, and what is left."""
    yield f"{found.holder}: erased {local_time(found.at, timezone)}, by revision {found.revision}"
    yield "the hub's files: " + (
        "not clean yet" if found.swept_at is None else f"clean {_since(found.swept_at, timezone)}"
    )
    for each in found.controllers:
        if each.erased_at is not None:
            yield f"{each.controller}: erased {_since(each.erased_at, timezone)}"
        else:
            heard = "never heard" if each.heard_at is None else f"last heard {local_time(each.heard_at, timezone)}"
            yield f"{each.controller}: NOT CONFIRMED yet, {heard}"
    yield from _left("backup of before, until it is removed", found.backups, timezone)
    yield from _left("file of before, handed out", found.exports, timezone)
    yield "only the id stays: in changes and commands of before, in visits of whom they bring or invite,"
    yield "  in controllers' notes, and in this erasure's records; a visitor's badge stays, as nobody's"


def _left(what: str, copies: tuple[CopyLeft, ...], timezone: ZoneInfo) -> Iterator[str]:
    return (f"{what}: {local_time(each.at, timezone)}, {each.told}" for each in copies)


def _since(at: int, timezone: ZoneInfo) -> str:
    return f"since {local_time(at, timezone)}"
