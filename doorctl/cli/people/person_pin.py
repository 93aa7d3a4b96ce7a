"""``doorctl person pin``: give somebody a PIN, and one for duress, or take it away."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command, private
from doorctl.cli.people.new_pins import choose_pins
from doorctl.cli.people.person import HandleArgument
from doorctl.wire.commands import PinRemove, PinSet


def register(app: typer.Typer) -> None:
    """Add the command to the family of those about people."""
    hub_command(
        app,
        "pin",
        "doorctl person pin ada",
        "doorctl person pin ada --alone --duress",
        "doorctl person pin ada --remove",
    )(pin)


async def pin(
    desk: Desk,
    handle: HandleArgument,
    *,
    alone: Annotated[
        bool, typer.Option("--alone", help="it counts without a card, too, where a zone takes one alone")
    ] = False,
    duress: Annotated[
        bool, typer.Option("--duress", help="ask for another, which opens as well and calls for help")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="take the PIN away, and the one for duress")] = False,
) -> int:
    """Give somebody a PIN of 4 to 8 digits in the place of the one before; it is asked for, and never shown.

    At a terminal it is typed twice. Else it is the first line of standard input, the one for duress the second.
    What is not said again ends: without --duress there is none, without --alone it counts with a card only.
    """
    if remove and (alone or duress):
        raise typer.BadParameter("--remove takes the PIN away as a whole: leave --alone and --duress out")
    if remove:
        holder = await desk.holder(handle)
        return await desk.change(PinRemove(holder), holder=holder)
    chosen = choose_pins(handle, duress=duress)
    holder = await desk.holder(handle)
    return await desk.change(
        PinSet(holder, alone=alone), private(pin=chosen.pin, duress=chosen.duress), holder=holder
    )
