"""``doorctl person pin``: give somebody a PIN, and one for duress, or a code to set one, or take it away."""

import secrets
import time
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command, private
from doorctl.cli.people.new_pins import choose_pins
from doorctl.cli.people.person import HandleArgument
from doorctl.cli.times import a_span, local_time, span_seconds
from doorctl.core.rules.pin_code import code_of
from doorctl.wire.commands import PinCodeSet, PinRemove, PinSet

LONGEST_DAYS = 7
COUNTS = range(60, LONGEST_DAYS * 86_400 + 1)
_USUAL = "1d"


def register(app: typer.Typer) -> None:
    """Add the command to the family of those about people."""
    hub_command(
        app,
        "pin",
        "doorctl person pin ada",
        "doorctl person pin ada --alone --duress",
        "doorctl person pin ada --own-code --for 2d",
        "doorctl person pin ada --remove",
    )(pin)


OwnCodeOption = Annotated[
    bool, typer.Option("--own-code", help="print a code by which they set a PIN themselves, once, at a reader")
]
CodeLastsOption = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="SPAN",
        help=f"how long that code counts, at most {LONGEST_DAYS}d",
        callback=a_span(COUNTS, or_none=False),
    ),
]


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
    own_code: OwnCodeOption = False,
    lasts: CodeLastsOption = _USUAL,
    remove: Annotated[bool, typer.Option("--remove", help="take the PIN away, and the one for duress")] = False,
) -> int:
    """Give somebody a PIN of 4 to 8 digits in the place of the one before; it is asked for, and never shown.

    At a terminal it is typed twice. Else it is the first line of standard input, the one for duress the second.
    What is not said again ends: without --duress there is none, without --alone it counts with a card only. With
    --own-code the PIN is theirs to choose: at a keypad they enter 0#, present the card, and enter the code, the new
    PIN, and the new PIN again, each with #.
    """
    if (remove or own_code) and (alone or duress):
        raise typer.BadParameter("--remove and --own-code stand by themselves: leave --alone and --duress out")
    if remove and own_code:
        raise typer.BadParameter("say --remove or --own-code")
    if own_code:
        return await _give_code(desk, handle, seconds=span_seconds(lasts, COUNTS))
    if remove:
        holder = await desk.holder(handle)
        return await desk.change(PinRemove(holder), holder=holder)
    chosen = choose_pins(handle, duress=duress)
    holder = await desk.holder(handle)
    return await desk.change(
        PinSet(holder, alone=alone), private(pin=chosen.pin, duress=chosen.duress), holder=holder
    )


async def _give_code(desk: Desk, handle: str, *, seconds: int) -> int:
    """Give a code, and show it once it stands; nobody can show it again."""
    code, until = code_of(f"{secrets.randbelow(10_000_000):07}"), int(time.time()) + seconds
    holder = await desk.holder(handle)
    ended = await desk.change(PinCodeSet(holder, until), private(pin=code), holder=holder)
    told = f"The code is {code[:4]} {code[4:]}; it counts once, until {local_time(until, desk.timezone)}."
    desk.output.result({"code": code, "valid_until": until}, told)
    return ended
