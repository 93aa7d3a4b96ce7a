"""``doorctl digest``: what was done in an admin's name on a day."""

from datetime import date
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.reminder import yesterday
from doorctl.cli.times import local_time
from doorctl.processes import DONE
from doorctl.questions import DigestOf
from doorctl.results import Digest, GivenCommand


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    hub_question(
        app, "digest", "doorctl digest", "doorctl digest --day 2027-01-14", "doorctl digest --refused --all"
    )(digest)


async def digest(
    desk: Desk,
    *,
    day: Annotated[
        str | None, typer.Option(metavar="DATE", help="a date by the site's wall clock; yesterday if not given")
    ] = None,
    refused: Annotated[bool, typer.Option("--refused", help="only what was refused")] = False,
    everyone: Annotated[bool, typer.Option("--all", help="of every admin (officers and auditors)")] = False,
) -> int:
    """Show the commands that were given with your key on a day, and what became of each."""
    on = yesterday(desk.timezone).isoformat() if day is None else _iso(day)
    commands: list[GivenCommand] = []
    after: int | None = 0
    while after is not None:
        page = await desk.hub.ask(DigestOf(on, refused, everyone, after), Digest)
        commands.extend(page.commands)
        after = page.after
    desk.output.table([_cells(each, desk) for each in commands], empty=f"No such command on {on}.")
    return DONE


def _iso(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date: write 2027-01-14") from error


def _cells(given: GivenCommand, desk: Desk) -> dict[str, object]:
    return {
        "at": given.at if desk.output.as_json else local_time(given.at, desk.timezone),
        "admin": given.admin,
        "verb": given.verb,
        "about": given.about,
        "verdict": given.verdict,
        "reason": given.reason,
        "revision": given.revision,
    }
