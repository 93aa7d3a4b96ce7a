"""``doorctl card enrol``: a new card becomes somebody's by being shown twice at a reader."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from msgspec.structs import replace

from doorctl.cli.asking import agreed
from doorctl.cli.cards.unknown_cards import CODE_DIGITS, card_of_code
from doorctl.cli.desk import Desk, FromOption, UntilOption, private
from doorctl.cli.output import say_error
from doorctl.cli.rights.act import order
from doorctl.cli.times import a_span, optional_seconds, span_seconds, validity
from doorctl.core.machines.enrolment import AGAIN_SECONDS, LONGEST_SECONDS, Shown
from doorctl.core.records import RecordKind
from doorctl.core.rules.order_rules import CLOCK_DIFFERENCE_SECONDS
from doorctl.errors import Refused, Unreachable
from doorctl.processes import DONE, REFUSED
from doorctl.wire.commands import CardAdd
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine, RecordsPage
from doorctl.wire.rights import CardEnrol

LASTS = range(1, LONGEST_SECONDS + 1)
LOOK_SECONDS = 1.0
UPLOAD_SECONDS = 15.0
"""What a door records last is with the hub so soon, if they are in touch."""

ReaderOption = Annotated[
    str | None,
    typer.Option("--reader", metavar="READER", help="which of its readers; without it the only one outside"),
]
WithinOption = Annotated[
    str,
    typer.Option(
        "--within",
        metavar="SPAN",
        help=f"how long, at most {LONGEST_SECONDS}s",
        callback=a_span(LASTS, or_none=False),
    ),
]


class _Seen(msgspec.Struct):
    reader: str = ""
    detail: str = ""


async def enrol(
    desk: Desk,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="whose card it will be")],
    *,
    door: Annotated[str, typer.Option("--door", metavar="DOOR", help="the door where the card is shown")],
    reader: ReaderOption = None,
    within: WithinOption = "60s",
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask whether it is this card")] = False,
) -> int:
    """Give a person the unknown card that is shown twice at a reader, once you have agreed to its short code.

    No card opens anything at that reader meanwhile. The card must come again within 10 seconds, and no other between.
    """
    since, until = optional_seconds(valid_from, desk.timezone), optional_seconds(valid_until, desk.timezone)
    seconds, id_ = span_seconds(within, LASTS), secrets.token_hex(16)
    holder = await desk.holder(handle)
    code = await order(desk, CardEnrol(door, seconds, id_, reader), door)
    if code != DONE:
        return code
    desk.output.news(
        f"Show the new card twice within {AGAIN_SECONDS:.0f} seconds; there are {seconds} seconds for it."
    )
    key = await _card_shown_twice(desk, door, id_, seconds)
    if not yes and not await _agrees(key[:CODE_DIGITS], handle):
        say_error("The card was given to nobody.")
        return REFUSED
    return await desk.change(
        CardAdd(holder, valid_from=since, valid_until=until),
        private(card=await card_of_code(desk, key, at=datetime.now(UTC))),
        limits=validity(since, until, desk.timezone),
        holder=holder,
        code=key[:CODE_DIGITS],
    )


async def _agrees(code: str, handle: str) -> bool:
    return await asyncio.to_thread(agreed, f"The card {code} came twice. Is it {handle}'s?")


async def _card_shown_twice(desk: Desk, door: str, id_: str, seconds: int) -> str:
    """Wait for the door's word; return the card's key. Raises Refused ``no-card-shown`` and Unreachable."""
    async for line in _told(desk, door, seconds):
        seen = msgspec.json.decode(line.leaf, type=_Seen)
        what, _, whose = seen.detail.partition(" id=")
        if whose != id_:
            continue
        if line.credential is not None and what == "card":
            return line.credential
        if what != Shown.KNOWN:
            raise Refused("no-card-shown", f"no unknown card came twice at {seen.reader}: run it again")
        desk.output.news("That card is somebody's, or the door could not tell: it is refused.")
    raise Unreachable(
        f"no word from {door} of what was shown there; what comes late is in `doorctl card last-unknown {door}`"
    )


async def _told(desk: Desk, door: str, seconds: int) -> AsyncIterator[RecordLine]:
    """Yield what a door tells of enrolments, as it comes, for as long as this one may last."""
    question = Records(since=int(time.time()) - CLOCK_DIFFERENCE_SECONDS, door=door, kind=RecordKind.ENROLMENT)
    deadline = time.monotonic() + seconds + UPLOAD_SECONDS
    while time.monotonic() < deadline:
        page = await desk.hub.ask(question, RecordsPage)
        for line in page.records:
            yield line
        question = replace(question, after=page.after)
        if not page.more:
            await asyncio.sleep(LOOK_SECONDS)
