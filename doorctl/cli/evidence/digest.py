"""``doorctl digest``: what was done in an admin's name on a day."""

import re
from collections.abc import Mapping
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.reminder import yesterday
from doorctl.cli.times import iso_date, local_time
from doorctl.processes import DONE
from doorctl.wire.questions import DigestOf
from doorctl.wire.results import Digest, GivenCommand

_TIME = re.compile(r"\b((?:valid_)?(?:from|until))=([1-9][0-9]*)\b")
_HOLDER = re.compile(r"\bholder=(\S+)")


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    hub_question(
        app, "digest", "doorctl digest", "doorctl digest --day 2027-01-14", "doorctl digest --refused --all --names"
    )(digest)


async def digest(
    desk: Desk,
    *,
    day: Annotated[
        str | None, typer.Option(metavar="DATE", help="a date by the site's wall clock; yesterday if not given")
    ] = None,
    refused: Annotated[bool, typer.Option("--refused", help="only what was refused")] = False,
    everyone: Annotated[bool, typer.Option("--all", help="of every admin (officers and auditors)")] = False,
    names: Annotated[bool, typer.Option("--names", help="put handles beside the holder ids")] = False,
) -> int:
    """Show the commands that were given with your key on a day, what each asked for, and what became of it."""
    on = yesterday(desk.timezone).isoformat() if day is None else iso_date(day)
    pages = desk.pages(DigestOf(on, refused, everyone), Digest)
    commands = [each async for page in pages for each in page.commands]
    handles = await _handles(desk) if names else {}
    desk.output.table([_cells(each, desk, handles) for each in commands], empty=f"No such command on {on}.")
    return DONE


async def _handles(desk: Desk) -> Mapping[str, str]:
    """Return the handle of every holder whom the hub knows."""
    return {str(row["holder"]): str(row["handle"]) for row in await desk.rows("people") if row["handle"]}


def _cells(given: GivenCommand, desk: Desk, handles: Mapping[str, str]) -> dict[str, object]:
    return {
        "at": given.at if desk.output.as_json else local_time(given.at, desk.timezone),
        "admin": given.admin,
        "verb": given.verb,
        "about": given.about if desk.output.as_json else _told(given.about, desk),
        **({"person": _person(given.about, handles)} if handles else {}),
        "verdict": given.verdict,
        "reason": given.reason,
        "revision": given.revision,
    }


def _told(about: str, desk: Desk) -> str:
    """Write the times of a command by the site's wall clock."""
    return _TIME.sub(lambda found: f"{found[1]}={local_time(int(found[2]), desk.timezone).replace(' ', 'T')}", about)


def _person(about: str, handles: Mapping[str, str]) -> str | None:
    found = _HOLDER.search(about)
    return handles.get(found[1]) if found else None
