"""``doorctl card limit``: how often a card lets in, and for how long from its first use on."""

from collections.abc import Mapping
from typing import Annotated, TypedDict

import typer

from doorctl.cli.desk import CardArgument, Desk, new_id, private, private_card
from doorctl.cli.times import a_span
from doorctl.errors import Refused
from doorctl.processes import DONE
from doorctl.site.times import FIRST_USES, seconds_in, written_span
from doorctl.wire.commands import CardLimit
from doorctl.wire.questions import CredentialKeys, ListRows
from doorctl.wire.results import CardKeyList, Cell, Page

UsesOption = Annotated[
    int | None, typer.Option("--uses", min=1, max=1000, help="how often it lets in", show_default=False)
]
FirstUseOption = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="SPAN",
        help="for how long it counts from its first use on: 1m to 365d",
        callback=a_span(FIRST_USES, or_none=False),
    ),
]
_KEY_BYTES = 32


class GivenLimits(TypedDict):
    """The fields by which commands give a card limits."""

    limits: str | None
    uses: int | None
    first_use_seconds: int | None


def given_limits(uses: int | None, first_use: str | None) -> GivenLimits:
    """Make the limits that options say, counted under an id of their own."""
    is_limited = uses is not None or first_use is not None
    seconds = None if first_use is None else seconds_in(first_use)
    return {"limits": new_id() if is_limited else None, "uses": uses, "first_use_seconds": seconds}


async def limit(
    desk: Desk,
    card: CardArgument,
    *,
    uses: UsesOption = None,
    first_use: FirstUseOption = None,
    none: Annotated[bool, typer.Option("--none", help="let it count without such limits")] = False,
) -> int:
    """Show how a card is limited beyond its dates, or say it anew: uses are then counted from none.

    Each controller counts what was used at its own doors. `used` is the sum of what controllers have uploaded; of two
    such cards of one person each use counts for both.
    """
    given = given_limits(uses, first_use)
    if none and given["limits"] is not None:
        raise typer.BadParameter("either --none, or --uses and --for")
    if none or given["limits"] is not None:
        return await desk.change(CardLimit(**given), private_card(card))
    row = await _row_of(desk, card)
    desk.output.table([_shown(row, as_json=desk.output.as_json)], empty="")
    return DONE


async def _row_of(desk: Desk, card: str) -> Mapping[str, Cell]:
    """Return the line of a card in the list of cards. Raises Refused ``unknown-card``."""
    asked = private(cards=(private_card(card).card,))
    (key,) = (await desk.hub.ask(CredentialKeys(), CardKeyList, asked)).keys
    page = await desk.hub.ask(ListRows("cards", after=_before(key)), Page)
    for row in page.rows:
        if str(row["credential"]) == key.hex():
            return row
    raise Refused("unknown-card", "this card belongs to nobody")


def _before(key: bytes) -> str:
    """Return the credential key just before one: its page begins with the card."""
    return (int.from_bytes(key) - 1).to_bytes(_KEY_BYTES).hex() if any(key) else ""


def _shown(row: Mapping[str, Cell], *, as_json: bool) -> Mapping[str, object]:
    names = ("holder", "handle", "uses", "first_use_seconds", "used")
    if as_json:
        return {name: row[name] for name in names}
    seconds = row["first_use_seconds"]
    return {
        "handle": row["handle"],
        "uses": row["uses"],
        "for": None if seconds is None else written_span(int(seconds)),
        "used": row["used"],
    }
