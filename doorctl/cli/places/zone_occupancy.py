"""``doorctl zone occupancy``: what a zone asks of who is inside, and in which zone it lies."""

from typing import Annotated

import msgspec
import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.places.zone_rule import ZoneArgument, zone_row
from doorctl.cli.times import NOTHING, a_span
from doorctl.core.areas import Passback
from doorctl.policy.rows import Occupants, StartTime
from doorctl.processes import DONE
from doorctl.site.occupancy import OccupancyState, occupancy_from, occupancy_set
from doorctl.site.times import PASSBACKS, seconds_in, written_span


def _number_or_none(text: str | None) -> str | None:
    """Check how many; none is any number."""
    if text not in {None, NOTHING}:
        try:
            msgspec.convert(text, Occupants, strict=False)
        except msgspec.ValidationError as error:
            raise typer.BadParameter(f"{text!r} is not a number from 1 to 1000000, nor {NOTHING}") from error
    return text


def _time_or_none(text: str | None) -> str | None:
    """Check a time of day; none is never."""
    if text not in {None, NOTHING}:
        try:
            msgspec.convert(text, StartTime)
        except msgspec.ValidationError as error:
            raise typer.BadParameter(f"{text!r} is not a time of day: write 04:00, or {NOTHING}") from error
    return text


WithinOption = Annotated[
    str | None, typer.Option(metavar="ZONE", help="the zone that it lies in; or none", show_default=False)
]
PassbackOption = Annotated[
    Passback | None,
    typer.Option(help="what becomes of who enters while inside, or leaves while outside", show_default=False),
]
ForOption = Annotated[
    str | None,
    typer.Option(
        "--passback-for",
        metavar="SPAN",
        help="for how long a timed one denies: 5s to 1d",
        callback=a_span(PASSBACKS, or_none=False),
    ),
]
MostOption = Annotated[
    str | None, typer.Option(metavar="N", help="how many may be inside; or none", callback=_number_or_none)
]
LeastOption = Annotated[
    int | None,
    typer.Option(min=1, max=5, help="how many are inside at least, while anybody is", show_default=False),
]
ResetOption = Annotated[
    str | None,
    typer.Option(
        metavar="HH:MM", help="when all are forgotten each day, by the site's clock; or none", callback=_time_or_none
    ),
]


def register(app: typer.Typer) -> None:
    """Put the command into the family ``zone``."""
    hub_command(
        app,
        "occupancy",
        "doorctl zone occupancy server-room",
        "doorctl zone occupancy server-room --within floor-3 --passback hard --most 8 --least 2",
        "doorctl zone occupancy floor-3 --passback timed --passback-for 10m --reset-at 04:00",
        "doorctl zone occupancy floor-3 --none",
    )(occupancy)


async def occupancy(
    desk: Desk,
    zone: ZoneArgument,
    *,
    within: WithinOption = None,
    passback: PassbackOption = None,
    passback_for: ForOption = None,
    most: MostOption = None,
    least: LeastOption = None,
    reset_at: ResetOption = None,
    none: Annotated[bool, typer.Option("--none", help="ask nothing of who is inside any more")] = False,
) -> int:
    """Show what a zone asks of who is inside, or change what is given of it (officers); the rest stays."""
    present = OccupancyState() if none else occupancy_from(await zone_row(desk, zone))
    if not none and all(each is None for each in (within, passback, passback_for, most, least, reset_at)):
        desk.output.table([_shown(zone, present, as_json=desk.output.as_json)], empty="")
        return DONE
    wanted = OccupancyState(
        within=present.within if within is None else _or_nothing(within),
        passback=present.passback if passback is None else passback,
        passback_seconds=present.passback_seconds if passback_for is None else seconds_in(passback_for),
        most=present.most if most is None else None if most == NOTHING else int(most),
        least=present.least if least is None else least,
        reset_at=present.reset_at if reset_at is None else _or_nothing(reset_at),
    )
    return await desk.change(occupancy_set(zone, wanted), zone=zone)


def _or_nothing(text: str) -> str | None:
    return None if text == NOTHING else text


def _shown(zone: str, present: OccupancyState, *, as_json: bool) -> dict[str, object]:
    if as_json:
        return {"zone": zone, **{name: getattr(present, name) for name in OccupancyState.__slots__}}
    return {
        "zone": zone,
        "within": present.within or NOTHING,
        "passback": present.passback,
        "passback_for": written_span(present.passback_seconds),
        "most": NOTHING if present.most is None else present.most,
        "least": present.least,
        "reset_at": present.reset_at or NOTHING,
    }
