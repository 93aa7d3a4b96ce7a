"""``doorctl card``: whose card opens doors, and what a reader's bits, or print, say."""

from typing import Annotated

import typer

from doorctl.cli.card_decode import decode
from doorctl.cli.card_find import find
from doorctl.cli.desk import (
    CardArgument,
    Desk,
    FromOption,
    UntilOption,
    example,
    family,
    hub_command,
    hub_question,
    private_card,
)
from doorctl.cli.times import optional_seconds, validity
from doorctl.core.model import Status
from doorctl.wire.commands import CardAdd, CardRemove, CardSet
from doorctl.wire.rights import CardKeysRotate

app = family("card", "Give, find, block and remove cards; read bits as cards.")
app.command(
    "decode",
    epilog=example("echo 11000011000001100001001110 | doorctl card decode", "doorctl card decode < bits.txt"),
)(decode)
hub_question(app, "find", "doorctl card find 0013530444 206,30028", "doorctl card find 04:A2:B3:C4 --all --json")(
    find
)


@hub_command(app, "add", "doorctl card add ada H10301:123:4567")
async def add(
    desk: Desk,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="whose card it is")],
    card: CardArgument,
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
) -> int:
    """Give a person a card; the hub keeps a keyed hash of it, nobody keeps its number."""
    personal = private_card(card)
    since, until = optional_seconds(valid_from, desk.timezone), optional_seconds(valid_until, desk.timezone)
    holder = await desk.holder(handle)
    return await desk.change(
        CardAdd(holder, valid_from=since, valid_until=until),
        personal,
        limits=validity(since, until, desk.timezone),
        holder=holder,
    )


@hub_command(app, "lost", "doorctl card lost H10301:123:4567")
async def lost(desk: Desk, card: CardArgument) -> int:
    """Report a card lost: it opens nothing, and whoever shows it is recorded."""
    return await desk.change(CardSet(Status.LOST), private_card(card))


@hub_command(app, "suspend", "doorctl card suspend H10301:123:4567")
async def suspend(desk: Desk, card: CardArgument) -> int:
    """Let a card open nothing until resumed."""
    return await desk.change(CardSet(Status.SUSPENDED), private_card(card))


@hub_command(app, "resume", "doorctl card resume H10301:123:4567")
async def resume(desk: Desk, card: CardArgument) -> int:
    """Let a suspended or found card count again."""
    return await desk.change(CardSet(Status.ACTIVE), private_card(card))


@hub_command(app, "rotate-keys", "doorctl card rotate-keys")
async def rotate_keys(desk: Desk) -> int:
    """Add a key to those that cards are hashed with, and wrap every card with it (officers); no card is unknown."""
    return await desk.change(CardKeysRotate())


@hub_command(app, "remove", "doorctl card remove H10301:123:4567")
async def remove(desk: Desk, card: CardArgument) -> int:
    """Forget a card."""
    return await desk.change(CardRemove(), private_card(card))
