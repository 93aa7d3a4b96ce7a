"""``doorctl list`` and ``why``: what there is, and what a door would decide."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.desk import Desk, hub_question, is_card, private, private_card
from doorctl.cli.output import waiting
from doorctl.cli.times import a_span, local_time, optional_seconds
from doorctl.core.reasons import Outcome
from doorctl.policy.row_lists import factor_times_of, windows_of
from doorctl.processes import DONE, REFUSED
from doorctl.site.factors import written_factor_times
from doorctl.site.times import seconds_in, written_windows
from doorctl.wire.questions import MAX_ENDING_SECONDS, Why
from doorctl.wire.results import ReasonTold, WhyResult


class Listed(StrEnum):
    """What can be listed."""

    PEOPLE = "people"
    CARDS = "cards"
    GROUPS = "groups"
    MEMBERS = "members"
    ZONES = "zones"
    DOORS = "doors"
    SCHEDULES = "schedules"
    HOLIDAYS = "holidays"
    GRANTS = "grants"


_TIMES = frozenset({"valid_from", "valid_until", "added_at"})
_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "windows": lambda text: written_windows(windows_of(text)),
    "factor_times": lambda text: written_factor_times(factor_times_of(text)),
}
"""Columns that hold a list, as JSON."""

_KNOWN_AT_THE_DOOR = (
    "a door counts wrong PINs by itself, and takes from controller.toml which doors keep it locked and, with "
    "`strict_zone`, how many officers must sign"
)


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    hub_question(
        app, "list", "doorctl list people", "doorctl list people --ending 30d", "doorctl list grants --json"
    )(list_rows)
    hub_question(
        app,
        "why",
        "doorctl why H10301:123:4567 floor-3",
        "doorctl why uid:04A2B3C4 floor-3 --at 2026-12-25T09:00",
        "doorctl why ada floor-3",
    )(why)


async def list_rows(
    desk: Desk,
    what: Annotated[Listed, typer.Argument(help="what to list")],
    *,
    ending: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN",
            help="only people, cards or grants that end within 30d, say; the first to end come first",
            callback=a_span(range(1, MAX_ENDING_SECONDS + 1), or_none=False),
        ),
    ] = None,
) -> int:
    """List people, cards, groups, members, zones, doors, schedules, holidays or grants."""
    with waiting(f"listing {what}"):
        rows = await desk.rows(what, ending=None if ending is None else seconds_in(ending))
    if ending is not None:
        rows.sort(key=_end_of)
    within = "" if ending is None else f" that end within {ending}"
    desk.output.table([_cells(desk, row) for row in rows], empty=f"There are no {what}{within}.")
    return DONE


def _end_of(row: Mapping[str, object]) -> int:
    end = row.get("valid_until")
    return end if isinstance(end, int) else 0


async def why(
    desk: Desk,
    card: Annotated[
        str,
        typer.Argument(metavar="CARD|HANDLE", help="the card, such as H10301:123:4567, or a person: their best card"),
    ],
    door: Annotated[str, typer.Argument(metavar="DOOR", help="the door")],
    *,
    at: Annotated[
        str | None, typer.Option("--at", metavar="T", help="when; written like --from, now if not given")
    ] = None,
    with_pin: Annotated[
        bool, typer.Option("--with-pin", help="suppose that the holder's PIN is entered; it is not asked for")
    ] = False,
) -> int:
    """Tell what a door would decide for a card or a person, every reason, and what would have to change.

    It is decided by the rules that doors decide by. What whoever stands there may hear comes first; a clerk gets no
    reasons beside it that only others can do something about. The exit code is 0 for granted and 1 for denied.
    """
    asked = Why(door, optional_seconds(at, desk.timezone), with_pin=with_pin)
    found = await desk.hub.ask(asked, WhyResult, private_card(card) if is_card(card) else private(handle=card))
    desk.output.result(found, _why_text(found, desk.timezone, with_pin=with_pin))
    return DONE if found.outcome is Outcome.GRANTED else REFUSED


def _why_text(found: WhyResult, timezone: ZoneInfo, *, with_pin: bool) -> str:
    lines = [
        str(found.outcome) if found.reason is None else f"{found.outcome}: {found.reason}",
        f"  {_whose(found, with_pin=with_pin)} at door {found.door} (zone {found.zone or 'unknown'}), "
        f"{local_time(found.at, timezone)}, by revision {found.revision}",
        f"  tell them: {found.told}",
        *(line for told in found.reasons for line in _reason_lines(told, timezone)),
        *(f"  grant {grant['grant']} to {_subject(grant, found)} was considered" for grant in found.grants),
    ]
    if found.reason is None:
        lines.append("  the rest is for an admin or an officer")
    if found.outcome is Outcome.GRANTED:
        lines.append(f"  as far as the hub knows: {_KNOWN_AT_THE_DOOR}")
    return "\n".join(lines)


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


def _cells(desk: Desk, row: Mapping[str, object]) -> Mapping[str, object]:
    """Write times by the wall clock for people; programs get Unix seconds."""
    if desk.output.as_json:
        return row
    return {column: _cell(column, value, desk.timezone) for column, value in row.items()}


def _cell(column: str, value: object, timezone: ZoneInfo) -> object:
    if column in _TIMES and isinstance(value, int):
        return local_time(value, timezone)
    return _WRITTEN[column](value) if column in _WRITTEN and isinstance(value, str) else value
