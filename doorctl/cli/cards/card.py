"""``doorctl card``: whose card opens doors, and what a reader's bits, or print, say."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from doorctl.cli.cards.card_decode import decode
from doorctl.cli.cards.card_enrol import enrol
from doorctl.cli.cards.card_find import find
from doorctl.cli.cards.card_limit import FirstUseOption, UsesOption, given_limits, limit
from doorctl.cli.cards.card_replace import replace_card
from doorctl.cli.cards.unknown_cards import LOOK_BACK, UnknownCard, UnknownOption, given_card, unknown_cards
from doorctl.cli.desk import (
    CardArgument,
    Desk,
    FromOption,
    UntilOption,
    example,
    family,
    hub_command,
    hub_question,
    private,
    private_card,
)
from doorctl.cli.times import local_time, optional_seconds, validity
from doorctl.core.classes import CardClass
from doorctl.core.model import Status
from doorctl.processes import DONE
from doorctl.wire.classes import CardClassSet
from doorctl.wire.commands import CardAdd, CardRemove, CardSet
from doorctl.wire.rights import CardKeysRotate

app = family("card", "Give, find, block, replace and remove cards; read bits as cards.")
app.command(
    "decode",
    epilog=example("echo 11000011000001100001001110 | doorctl card decode", "doorctl card decode < bits.txt"),
)(decode)
hub_question(app, "find", "doorctl card find 0013530444 206,30028", "doorctl card find 04:A2:B3:C4 --all --json")(
    find
)


CardClassOption = Annotated[CardClass, typer.Option("--class", help="of which class the card is, if that is known")]

hub_command(
    app,
    "replace",
    "doorctl card replace H10301:123:4567 H10301:123:9876",
    "doorctl card replace ada --unknown 5f0c99a1",
)(replace_card)


hub_command(
    app,
    "enrol",
    "doorctl card enrol ada --door floor-3",
    "doorctl card enrol ada --door floor-3 --reader floor-3-in --within 2m --until 2027-01-31",
)(enrol)


@hub_command(
    app,
    "add",
    "doorctl card add ada H10301:123:4567 --class desfire",
    "doorctl card add ada --unknown 5f0c99a1 --until 2027-01-31",
    "doorctl card add ada H10301:123:4567 --for 8h --uses 5",
)
async def add(
    desk: Desk,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="whose card it is")],
    card: Annotated[
        str | None,
        typer.Argument(metavar="CARD", help="the card, such as H10301:123:4567 or uid:04A2B3C4", show_default=False),
    ] = None,
    *,
    unknown: UnknownOption = None,
    card_class: CardClassOption = CardClass.UNKNOWN,
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
    uses: UsesOption = None,
    first_use: FirstUseOption = None,
) -> int:
    """Give a person a card; the hub keeps a keyed hash of it, nobody keeps its number."""
    given = await given_card(desk, card, unknown)
    since, until = optional_seconds(valid_from, desk.timezone), optional_seconds(valid_until, desk.timezone)
    holder = await desk.holder(handle)
    return await desk.change(
        CardAdd(holder, valid_from=since, valid_until=until, card_class=card_class, **given_limits(uses, first_use)),
        private(card=given),
        limits=validity(since, until, desk.timezone),
        holder=holder,
    )


@hub_question(
    app, "last-unknown", "doorctl card last-unknown floor-3", "doorctl card last-unknown floor-3 --last 1 --json"
)
async def last_unknown(
    desk: Desk,
    door: Annotated[str, typer.Argument(metavar="DOOR", help="the door where the card was shown")],
    *,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="how many cards, the newest first")] = 10,
) -> int:
    """Tell which cards a door did not know in the last 7 days, each by a code that gives it to somebody.

    `doorctl card add HANDLE --unknown CODE` makes it theirs, without anybody knowing its number. Of a card that is
    shown over and over the door records some and counts the rest. Where a code is missing (erased, or past its days),
    nothing leads to the card any more.
    """
    cards = (await unknown_cards(desk, door, at=datetime.now(UTC)))[:last]
    desk.output.table(
        [_unknown_row(desk, card) for card in cards],
        empty=f"No card that {door} did not know is recorded in the last {LOOK_BACK.days} days.",
    )
    return DONE


def _unknown_row(desk: Desk, card: UnknownCard) -> dict[str, object]:
    """Write times by the wall clock for people; programs get Unix seconds."""
    at = int(card.at.timestamp())
    shown = at if desk.output.as_json else local_time(at, desk.timezone)
    return {
        "at": shown,
        "reader": card.reader,
        "code": card.code,
        "last_hour": card.last_hour,
        "last_7_days": card.last_days,
    }


hub_command(
    app,
    "limit",
    "doorctl card limit H10301:123:4567",
    "doorctl card limit H10301:123:4567 --for 8h --uses 5",
    "doorctl card limit H10301:123:4567 --none",
)(limit)


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


@hub_command(app, "class", "doorctl card class H10301:123:4567 desfire")
async def set_class(
    desk: Desk,
    card: CardArgument,
    card_class: Annotated[CardClass, typer.Argument(metavar="CLASS", help=f"what it is: {', '.join(CardClass)}")],
) -> int:
    """Say of which class a card is; zones may take some classes only, such as those that nobody can copy."""
    return await desk.change(CardClassSet(card_class), private_card(card))


@hub_command(app, "rotate-keys", "doorctl card rotate-keys")
async def rotate_keys(desk: Desk) -> int:
    """Add a key to those that cards are hashed with, and wrap every card with it (officers); no card is unknown."""
    return await desk.change(CardKeysRotate())


@hub_command(app, "remove", "doorctl card remove H10301:123:4567")
async def remove(desk: Desk, card: CardArgument) -> int:
    """Forget a card."""
    return await desk.change(CardRemove(), private_card(card))
