"""``doorctl zone escort``: how visitors enter a zone: alone, or behind an escort, how soon and how many."""

from collections.abc import Mapping
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.places.zone_rule import ZoneArgument, zone_row
from doorctl.cli.times import NOTHING, a_span
from doorctl.core.visitors import USUAL_ESCORT_SECONDS, USUAL_MOST_VISITORS, USUAL_VISIT_SECONDS
from doorctl.processes import DONE
from doorctl.site.times import VISITS, WAITS, seconds_in, written_span
from doorctl.wire.results import Cell
from doorctl.wire.visits import ZoneEscortSet

AloneOption = Annotated[
    bool | None, typer.Option("--alone/--escorted", help="whether visitors need no escort", show_default=False)
]
WithinOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN", help="how soon behind their escort: 5s to 5m", callback=a_span(WAITS, or_none=False)
    ),
]
MostOption = Annotated[
    int | None, typer.Option(min=1, max=100, help="how many visitors an escort brings at most", show_default=False)
]
PerOption = Annotated[
    str | None,
    typer.Option(metavar="SPAN", help="and within what time: 60s to 1d", callback=a_span(VISITS, or_none=False)),
]
GroupOption = Annotated[
    str | None,
    typer.Option(
        metavar="GROUP",
        help="whose members bring visitors who have no escort of their own; or none",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Put the command into the family ``zone``."""
    hub_command(
        app,
        "escort",
        "doorctl zone escort floor-3",
        "doorctl zone escort floor-3 --within 30s --most 5 --per 1h --group staff",
        "doorctl zone escort lobby --alone",
    )(escort)


async def escort(
    desk: Desk,
    zone: ZoneArgument,
    *,
    alone: AloneOption = None,
    within: WithinOption = None,
    most: MostOption = None,
    per: PerOption = None,
    group: GroupOption = None,
) -> int:
    """Show how visitors enter a zone, or change what is given of it (officers); the rest stays."""
    present = _asked_for(await zone_row(desk, zone), zone)
    if all(each is None for each in (alone, within, most, per, group)):
        desk.output.table([_shown(present, as_json=desk.output.as_json)], empty="")
        return DONE
    wanted = ZoneEscortSet(
        zone,
        present.alone if alone is None else alone,
        seconds=present.seconds if within is None else seconds_in(within),
        most=present.most if most is None else most,
        per_seconds=present.per_seconds if per is None else seconds_in(per),
        group=present.group if group is None else None if group == NOTHING else group,
    )
    return await desk.change(wanted, zone=zone)


def _asked_for(row: Mapping[str, Cell], zone: str) -> ZoneEscortSet:
    """Return how visitors enter a zone as the command that would ask for just that; without a row as usual."""
    group = row.get("escort_group")
    return ZoneEscortSet(
        zone,
        bool(row.get("visitors_alone")),
        seconds=int(row.get("escort_seconds") or USUAL_ESCORT_SECONDS),
        most=int(row.get("escort_most") or USUAL_MOST_VISITORS),
        per_seconds=int(row.get("escort_per_seconds") or USUAL_VISIT_SECONDS),
        group=None if group is None else str(group),
    )


def _shown(present: ZoneEscortSet, *, as_json: bool) -> Mapping[str, object]:
    if as_json:
        return {name: getattr(present, name) for name in present.__struct_fields__}
    return {
        "zone": present.zone,
        "visitors": "alone" if present.alone else "escorted",
        "within": written_span(present.seconds),
        "most": present.most,
        "per": written_span(present.per_seconds),
        "group": present.group or NOTHING,
    }
