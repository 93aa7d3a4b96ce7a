"""``doorctl occupancy``: how many are inside, zone by zone, and who."""

from typing import Annotated

import typer
from msgspec.structs import asdict, replace

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.evidence.record_questions import NamesOption
from doorctl.cli.times import local_time
from doorctl.processes import DONE
from doorctl.wire.occupancy_words import InsideLine, OccupancyFound, OccupancyOf


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    hub_question(
        app, "occupancy", "doorctl occupancy", "doorctl occupancy server-room --names", "doorctl occupancy --json"
    )(occupancy)


async def occupancy(
    desk: Desk,
    zone: Annotated[
        str | None, typer.Argument(metavar="[ZONE]", help="of this zone alone", show_default=False)
    ] = None,
    *,
    names: NamesOption = False,
) -> int:
    """Tell how many are inside each zone that is counted, and with --names who, since when and by whose count.

    It goes by the records that controllers have uploaded: `doorctl status` tells which of them are not in touch.
    """
    question = OccupancyOf(zone, names=names)
    found = await desk.hub.ask(question, OccupancyFound)
    lines = list(found.lines)
    page = found
    while page.after is not None:
        page = await desk.hub.ask(replace(question, after=page.after), OccupancyFound)
        lines.extend(page.lines)
    counts = [{"zone": each, "inside": count, "most": found.most.get(each)} for each, count in found.counts.items()]
    if names:
        desk.output.table([_shown(line, desk) for line in lines], empty="Nobody is counted as inside.")
    else:
        desk.output.table(counts, empty="No zone is counted: `doorctl zone occupancy` says what one asks.")
    return DONE


def _shown(line: InsideLine, desk: Desk) -> dict[str, object]:
    if desk.output.as_json:
        return asdict(line)
    since = local_time(line.since, desk.timezone)
    who = line.handle or line.holder
    return {"zone": line.zone, "who": who, "name": line.name, "since": since, "by": line.controller}
