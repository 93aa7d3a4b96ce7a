"""``doorctl person access``: doors that wait longer for somebody."""

from collections.abc import Mapping
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.people.person import HandleArgument
from doorctl.cli.times import a_span
from doorctl.processes import DONE
from doorctl.site.times import HELD_OPENS, RELEASES, seconds_in, written_span
from doorctl.wire.commands import PersonAccess
from doorctl.wire.held_results import HeldFound
from doorctl.wire.privacy import PersonHeld
from doorctl.wire.results import Cell

ReleaseOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN", help="for how long the strike is released: 1s to 1m", callback=a_span(RELEASES, or_none=False)
    ),
]
HeldOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN",
        help="for how long the door may stay open: 5s to 10m",
        callback=a_span(HELD_OPENS, or_none=False),
    ),
]


def register(app: typer.Typer) -> None:
    """Put the command into the family ``person``."""
    hub_command(
        app,
        "access",
        "doorctl person access ada",
        "doorctl person access ada --release 15s --held 60s",
        "doorctl person access ada --none",
    )(access)


async def access(
    desk: Desk,
    handle: HandleArgument,
    *,
    release: ReleaseOption = None,
    held: HeldOption = None,
    none: Annotated[bool, typer.Option("--none", help="let doors wait as long as for everybody")] = False,
) -> int:
    """Let doors wait longer when a person comes in, never shorter than for all; what is not said is as usual.

    Without an option it shows how it is, to those who may see all that is held of a person. Nobody is asked why.
    """
    is_said = release is not None or held is not None
    if none and is_said:
        raise typer.BadParameter("either --none, or --release and --held")
    holder = await desk.holder(handle)
    if none or is_said:
        return await desk.change(PersonAccess(holder, _seconds(release), _seconds(held)), holder=holder)
    found = await desk.hub.ask(PersonHeld(holder), HeldFound)
    desk.output.table([{"handle": handle, **_shown(found.person, as_json=desk.output.as_json)}], empty="")
    return DONE


def _shown(person: Mapping[str, Cell], *, as_json: bool) -> Mapping[str, object]:
    times = {"release": person.get("release_seconds"), "held": person.get("held_open_seconds")}
    if as_json:
        return {f"{name}_seconds": seconds for name, seconds in times.items()}
    return {name: "as usual" if seconds is None else written_span(int(seconds)) for name, seconds in times.items()}


def _seconds(span: str | None) -> int | None:
    return None if span is None else seconds_in(span)
