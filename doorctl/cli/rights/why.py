"""``doorctl why``: what a door would decide for a card or a person, alone or with others, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.desk import Desk, hub_question, is_card, private, private_card
from doorctl.cli.places.threat import SupposedThreatOption, raised
from doorctl.cli.times import local_time, optional_seconds
from doorctl.core.areas import Way
from doorctl.core.classes import ReaderClass
from doorctl.core.reasons import Outcome
from doorctl.errors import WrongUse
from doorctl.processes import DONE, REFUSED
from doorctl.site.modes import told_of_mode
from doorctl.wire.questions import MOST_OTHERS, Why
from doorctl.wire.results import ReasonTold, WhyResult

_KNOWN_AT_THE_DOOR = (
    "a door counts wrong PINs, uses of cards and the visitors of an escort by itself, and takes from controller.toml "
    "which doors keep it locked (`--interlocked` supposes one) and, with `strict_zone`, how many officers must sign; "
    "its reader is supposed to be of a class the zone takes (`--reader-class` supposes another)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedOptions:
    """What is supposed of who asks, of the reader, and of other doors."""

    with_pin: Annotated[
        bool, typer.Option("--with-pin", help="suppose that the holder's PIN is entered; it is not asked for")
    ] = False
    others: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="HANDLE",
            help=f"suppose that this person asked there just before, as company or escort; up to {MOST_OTHERS} times",
        ),
    ] = None
    reader: Annotated[Way, typer.Option("--reader", help="the reader outside, or the one inside")] = Way.IN
    hardware_egress: Annotated[
        bool, typer.Option("--hardware-egress", help='suppose `egress = "hardware"`: people get out without a reader')
    ] = False
    reader_class: Annotated[
        ReaderClass | None, typer.Option("--reader-class", help="suppose a reader of this class")
    ] = None
    interlocked: Annotated[
        bool, typer.Option("--interlocked", help="suppose that the other door of the airlock is unlocked or open")
    ] = False


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    hub_question(
        app,
        "why",
        "doorctl why H10301:123:4567 floor-3",
        "doorctl why uid:04A2B3C4 floor-3 --at 2026-12-25T09:00",
        "doorctl why ada floor-3 --threat 4",
        "doorctl why ada server-room --with grace --with-pin",
        "doorctl why ada floor-3 --reader out",
    )(why)


async def why(
    desk: Desk,
    card: Annotated[
        str,
        typer.Argument(metavar="CARD|HANDLE", help="the card, such as H10301:123:4567, or a person: their best card"),
    ],
    door: Annotated[str, typer.Argument(metavar="DOOR", help="the door")],
    supposed: SupposedOptions,
    *,
    at: Annotated[
        str | None, typer.Option("--at", metavar="T", help="when; written like --from, now if not given")
    ] = None,
    threat: SupposedThreatOption = None,
) -> int:
    """Tell what a door would decide for a card or a person, every reason, and what would have to change.

    It is decided by the rules that doors decide by. What whoever stands there may hear comes first; a clerk gets no
    reasons beside it that only others can do something about. Those who come with them ask one after the other, with
    their best card, as at the door. Also a time that is past is decided by what stands now: what was decided then
    tells `doorctl audit tail`, who changed what since `doorctl report changes`. The exit code is 0 for granted and 1
    for denied.
    """
    others = supposed.others or []
    if len(others) > MOST_OTHERS:
        raise WrongUse(f"--with is for {MOST_OTHERS} people at most")
    asked = Why(
        door,
        optional_seconds(at, desk.timezone),
        with_pin=supposed.with_pin,
        threat=threat,
        others=tuple([await desk.holder(handle) for handle in others]),
        way=supposed.reader,
        egress_is_wired=supposed.hardware_egress,
        reader_class=supposed.reader_class,
        interlocked=supposed.interlocked,
    )
    found = await desk.hub.ask(asked, WhyResult, private_card(card) if is_card(card) else private(handle=card))
    desk.output.result(found, _why_text(found, desk.timezone, asked))
    return DONE if found.outcome is Outcome.GRANTED else REFUSED


def _why_text(found: WhyResult, timezone: ZoneInfo, asked: Why) -> str:
    lines = [
        str(found.outcome) if found.reason is None else f"{found.outcome}: {found.reason}",
        f"  {_whose(found, with_pin=asked.with_pin)} at {_where(asked)} (zone {found.zone or 'unknown'}), "
        f"{local_time(found.at, timezone)}{raised(found.threat)}, by revision {found.revision}",
        *(f"  after {it.handle or it.holder}: {it.outcome}, who is told: {it.told}" for it in found.others),
        f"  tell them: {found.told}",
        *(line for told in found.reasons for line in _reason_lines(told, timezone)),
        *(f"  grant {grant['grant']} to {_subject(grant, found)} was considered" for grant in found.grants),
    ]
    if mode := told_of_mode(found.mode, found.mode_by):
        lines.append(f"  the door: {mode}")
    if found.reason is None:
        lines.append("  the rest is for an admin or an officer")
    if found.outcome is Outcome.GRANTED:
        lines.append(f"  as far as the hub knows: {_KNOWN_AT_THE_DOOR}")
    return "\n".join(lines)


def _where(asked: Why) -> str:
    return f"door {asked.door}" if asked.way is Way.IN else f"the reader inside door {asked.door}"


def _whose(found: WhyResult, *, with_pin: bool) -> str:
    who = found.handle or found.holder or "nobody known"
    if found.cards is None:
        return f"card of {who}"
    return f"the best of {found.cards} {'card(s) and PIN alone' if with_pin else 'card(s)'} of {who}"


def _subject(grant: Mapping[str, object], found: WhyResult) -> object:
    return found.handle or found.holder if grant["subject"] == found.holder else grant["subject"]


def _reason_lines(told: ReasonTold, timezone: ZoneInfo) -> Iterator[str]:
    """Write a reason with what it means, and below it what would have to change."""
    yield f"  {told.reason}: {told.meaning}"
    if told.ends_at is not None:
        yield f"    ends by itself: {local_time(told.ends_at, timezone)}"
    if told.change:
        who = f" ({' or '.join(told.roles)})" if told.roles else ""
        yield f"    to change it: {told.change}{who}"
