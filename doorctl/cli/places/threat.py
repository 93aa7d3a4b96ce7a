"""``doorctl threat``: the threat level of the site; what zones ask for at a level is ``doorctl zone threat``."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command, hub_question
from doorctl.core.rules.threat import HIGHEST_THREAT, LOWEST_THREAT
from doorctl.processes import DONE
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.threats import ThreatSet

app = family("threat", "Raise or lower the threat level of the site; see what it is.")

SupposedThreatOption = Annotated[
    int | None,
    typer.Option(
        "--threat",
        metavar="N",
        min=LOWEST_THREAT,
        max=HIGHEST_THREAT,
        help="suppose this threat level, 1 to 5; the one there is if not given",
        show_default=False,
    ),
]


def raised(threat: int) -> str:
    """Say at which threat level something is so, where that is not the usual one."""
    return f", at threat level {threat}" if threat > LOWEST_THREAT else ""


@hub_question(app, "show", "doorctl threat show", "doorctl threat show --json")
async def show(desk: Desk) -> int:
    """Show the threat level of the site."""
    threat = await _present(desk)
    desk.output.result({"threat": threat}, f"The threat level is {threat}.")
    return DONE


@hub_command(app, "set", "doorctl threat set 3", "doorctl threat set 1")
async def set_threat(
    desk: Desk,
    level: Annotated[
        int, typer.Argument(metavar="LEVEL", min=LOWEST_THREAT, max=HIGHEST_THREAT, help="1, the usual, to 5")
    ],
) -> int:
    """Raise the threat level (any admin of the whole site), or lower it (officers).

    Zones ask for what `doorctl zone threat` says of the level and of all below it. `doorctl who DOOR --threat N`
    tells before who could open a door then.
    """
    return await desk.change(ThreatSet(level, lower=level < await _present(desk)), threat=level)


async def _present(desk: Desk) -> int:
    return (await desk.hub.ask(StatusOf(), SiteStatus)).threat


def register(commands: typer.Typer) -> None:
    """Put the family among the commands."""
    commands.add_typer(app)
