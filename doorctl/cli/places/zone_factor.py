"""``doorctl zone factor``: what a zone asks for at its doors: a card, a PIN, either or both, and of how many."""

from collections.abc import Mapping
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.places.zone_rule import ZoneArgument, zone_row
from doorctl.cli.times import NOTHING, a_span, all_in, each_in
from doorctl.core.model import USUAL_PERSONS_SECONDS, USUAL_PIN_BLOCK_SECONDS, USUAL_PIN_TRIES, Factor
from doorctl.policy.row_lists import factor_times_of
from doorctl.processes import DONE
from doorctl.site.factors import factor_time_in, written_factor_times
from doorctl.site.times import PIN_BLOCKS, WAITS, seconds_in, written_span
from doorctl.wire.results import Cell
from doorctl.wire.rights import ZoneFactorSet

FactorArgument = Annotated[
    Factor | None,
    typer.Argument(metavar="FACTOR", help="what to bring; beside --in: at all other times", show_default=False),
]
TimesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="SCHEDULE=FACTOR",
        help="what it asks for while a schedule is open; again for another: the first open one counts; none: no more",
        callback=each_in(factor_time_in),
    ),
]
TriesOption = Annotated[
    int | None, typer.Option(min=1, max=20, help="after how many wrong PINs nothing counts", show_default=False)
]
BlockOption = Annotated[
    str | None,
    typer.Option(metavar="SPAN", help="and for how long: 10s to 1d", callback=a_span(PIN_BLOCKS, or_none=False)),
]
PersonsOption = Annotated[
    int | None, typer.Option(min=1, max=5, help="how many must come together", show_default=False)
]
WithinOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN", help="how long each waits for the next: 5s to 5m", callback=a_span(WAITS, or_none=False)
    ),
]
OneOfOption = Annotated[
    str | None, typer.Option(metavar="GROUP", help="of which group one of them must be; or none", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Put the command into the family ``zone``."""
    hub_command(
        app,
        "factor",
        "doorctl zone factor server-room",
        "doorctl zone factor server-room card-and-pin --pin-tries 3 --pin-block 10m",
        "doorctl zone factor floor-3 card-and-pin --in office=card",
        "doorctl zone factor server-room --persons 2 --one-of guards",
    )(factor)


async def factor(
    desk: Desk,
    zone: ZoneArgument,
    factor: FactorArgument = None,
    *,
    times: TimesOption = None,
    pin_tries: TriesOption = None,
    pin_block: BlockOption = None,
    persons: PersonsOption = None,
    within: WithinOption = None,
    one_of: OneOfOption = None,
) -> int:
    """Show what a zone asks for at its doors, or change what is given of it (officers); the rest stays."""
    present = _asked_for(await zone_row(desk, zone), zone)
    if not times and all(each is None for each in (factor, pin_tries, pin_block, persons, within, one_of)):
        desk.output.table([_shown(present, as_json=desk.output.as_json)], empty="")
        return DONE
    wanted = ZoneFactorSet(
        zone,
        present.factor if factor is None else factor,
        times=all_in(times, factor_time_in) if times else present.times,
        pin_tries=present.pin_tries if pin_tries is None else pin_tries,
        pin_block_seconds=present.pin_block_seconds if pin_block is None else seconds_in(pin_block),
        persons=present.persons if persons is None else persons,
        persons_seconds=present.persons_seconds if within is None else seconds_in(within),
        persons_group=present.persons_group if one_of is None else None if one_of == NOTHING else one_of,
    )
    return await desk.change(wanted, zone=zone)


def _asked_for(row: Mapping[str, Cell], zone: str) -> ZoneFactorSet:
    """Return what a zone asks for as the command that would ask for just that; without a row it is a card."""
    if row.get("factor") is None:
        return ZoneFactorSet(zone)
    return ZoneFactorSet(
        zone,
        Factor(str(row["factor"])),
        times=factor_times_of(str(row["factor_times"])),
        pin_tries=int(row["pin_tries"] or USUAL_PIN_TRIES),
        pin_block_seconds=int(row["pin_block_seconds"] or USUAL_PIN_BLOCK_SECONDS),
        persons=int(row["persons"] or 1),
        persons_seconds=int(row["persons_seconds"] or USUAL_PERSONS_SECONDS),
        persons_group=None if row["persons_group"] is None else str(row["persons_group"]),
    )


def _shown(present: ZoneFactorSet, *, as_json: bool) -> Mapping[str, object]:
    if as_json:
        return {name: getattr(present, name) for name in present.__struct_fields__}
    return {
        "zone": present.zone,
        "factor": present.factor,
        "in": written_factor_times(present.times),
        "pin_tries": present.pin_tries,
        "pin_block": written_span(present.pin_block_seconds),
        "persons": present.persons,
        "within": written_span(present.persons_seconds),
        "one_of": present.persons_group or NOTHING,
    }
