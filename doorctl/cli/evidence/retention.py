"""``doorctl retention``: for how long records, and what leads from them to persons, are kept at the hub."""

from typing import Annotated

import typer
from msgspec.structs import asdict

from doorctl.cli.desk import Desk, family, hub_command, hub_question
from doorctl.cli.times import local_time
from doorctl.core.record_classes import EVERY, RecordClass
from doorctl.policy.rows import Name
from doorctl.wire.privacy import RetentionFound, RetentionOf, RetentionRemove, RetentionSet

app = family("retention", "Say for how long records are kept, and what leads from them to persons.")

EVERY_ZONE = "all"
_MOST_DAYS = 36_500
ZoneArgument = Annotated[Name, typer.Argument(metavar="ZONE", help=f"a zone, or {EVERY_ZONE}")]
RecordsOption = Annotated[RecordClass, typer.Option(help="the class of records; * is all")]


@hub_question(app, "show", "doorctl retention show")
async def show(desk: Desk) -> int:
    """Show the rules; the most exact one counts: zone and class, zone, class, all. The rest is kept for ever."""
    found = await desk.hub.ask(RetentionOf(), RetentionFound)
    rows = [asdict(rule) | {"at": local_time(rule.at, desk.timezone)} for rule in found.rules]
    desk.output.table(rows, empty="There is no rule: everything is kept.")
    return 0


@hub_command(
    app,
    "set",
    "doorctl retention set all --openings-days 90 --leaf-days 730",
    "doorctl retention set server-room --records decisions --openings-days 365 --leaf-days 730",
)
async def set_(
    desk: Desk,
    zone: ZoneArgument,
    *,
    records: RecordsOption = RecordClass.ALL,
    openings_days: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=_MOST_DAYS, help="who it was is forgotten after N days (else never)"),
    ] = None,
    leaf_days: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=_MOST_DAYS, help="the record itself goes after N days (else never)"),
    ] = None,
) -> int:
    """Say after how many days the ids in records are forgotten, and records go; it counts from the next day on."""
    return await desk.change(
        RetentionSet(_scope(zone), records, openings_days=openings_days, leaf_days=leaf_days), zone=zone
    )


@hub_command(
    app,
    "remove",
    "doorctl retention remove all",
    "doorctl retention remove server-room --records decisions",
)
async def remove(desk: Desk, zone: ZoneArgument, *, records: RecordsOption = RecordClass.ALL) -> int:
    """Take a rule back: the next most exact one counts at once, and without any everything is kept.

    What has gone by the rule does not come back.
    """
    return await desk.change(RetentionRemove(_scope(zone), records), zone=zone)


def _scope(zone: str) -> str:
    return EVERY if zone == EVERY_ZONE else zone
