"""``doorctl card find``: whose a card is, by whatever is printed on it."""

from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, private
from doorctl.cli.output import counting
from doorctl.processes import DONE, REFUSED
from doorctl.wire.questions import MAX_PAGE_ROWS, CredentialKeys
from doorctl.wire.results import CardKeyList
from firmware_bridge.printed_numbers import readings_of
from firmware_bridge.wiegand import CardDoesNotFit

NumbersArgument = Annotated[
    list[str],
    typer.Argument(metavar="NUMBER", help="all that is printed on the card, such as 0013530444 206,30028"),
]
AllOption = Annotated[bool, typer.Option("--all", help="show what nobody has, too: every card that it may be")]
Row = dict[str, object]


async def find(desk: Desk, numbers: NumbersArgument, *, show_all: AllOption = False) -> int:
    """Find whose a card is by the numbers printed on it, however its reader writes them.

    Print and readers write the same card in many ways: decimal or hex, bytes reversed, facility code and number.
    Every card that it may be is looked for, and counts as asked about. The exit code is 1 if nobody has one.
    """
    try:
        how = {card: reading.how for reading in readings_of(numbers) for card in reading.cards()}
    except CardDoesNotFit as error:
        raise typer.BadParameter(str(error)) from error
    held = {str(row["card"]): row async for row in _held(desk, list(how))}
    rows = [held.get(card) or _row(card) for card in (how if show_all else held)]
    desk.output.table(
        [{**row, "how": how[str(row["card"])]} for row in rows],
        empty=f"None of the {len(how)} cards that this may be is held: `doorctl card last-unknown DOOR` tells what "
        "a door saw of it.",
    )
    return DONE if held else REFUSED


async def _held(desk: Desk, cards: Sequence[str]) -> AsyncIterator[Row]:
    """Yield those of the cards that the hub holds, and whose they are. Raises Refused."""
    rest = iter(cards)
    with counting("looking for cards", total=len(cards)) as looked:
        while batch := tuple(islice(rest, MAX_PAGE_ROWS)):
            found = await desk.hub.ask(CredentialKeys(holders=True), CardKeyList, private(cards=batch))
            for each in found.held:
                yield _row(batch[each.place], each.handle, each.holder, each.status)
            looked(len(batch))


def _row(card: str, handle: str | None = None, holder: str | None = None, status: str | None = None) -> Row:
    return {"card": card, "handle": handle, "holder": holder, "status": status}
