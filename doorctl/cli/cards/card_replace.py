"""``doorctl card replace``: another card for one that is lost, in one command."""

from typing import Annotated

import typer

from doorctl.cli.cards.unknown_cards import UnknownOption, given_card
from doorctl.cli.desk import Desk, is_card, private, private_card
from doorctl.core.classes import CardClass
from doorctl.errors import Refused
from doorctl.wire.commands import CardReplace
from doorctl.wire.questions import CredentialKeys
from doorctl.wire.results import CardKeyList

OldArgument = Annotated[
    str,
    typer.Argument(
        metavar="OLD|HANDLE", help="the card that is lost, or a person who has one card that is not lost yet"
    ),
]
NewArgument = Annotated[str | None, typer.Argument(metavar="NEW", help="the card in its place", show_default=False)]


async def replace_card(
    desk: Desk,
    old: OldArgument,
    new: NewArgument = None,
    *,
    unknown: UnknownOption = None,
    card_class: Annotated[
        CardClass | None,
        typer.Option(
            "--class", help="of which class the new card is, if not that of the old one", show_default=False
        ),
    ] = None,
) -> int:
    """Give the holder of a lost card another: the old one is lost, the new one counts from and until when it did.

    Groups, grants and the PIN stay. The old card stays known as lost, so whoever shows it is recorded.
    """
    given = await given_card(desk, new, unknown)
    lost = (private_card(old).card,) if is_card(old) else ()
    holder = await _holder_of(desk, lost[0]) if lost else await desk.holder(old)
    return await desk.change(
        CardReplace(holder, card_class=card_class), private(card=given, cards=lost), holder=holder
    )


async def _holder_of(desk: Desk, card: str) -> str:
    found = await desk.hub.ask(CredentialKeys(holders=True), CardKeyList, private(cards=(card,)))
    if not found.held:
        raise Refused("unknown-card", "the old card belongs to nobody: `doorctl card add` gives somebody the new one")
    return found.held[0].holder
