"""``doorctl person export``: all that is held about a person, as a file of JSON, text or HTML (GDPR, article 15)."""

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec.structs import replace

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.evidence.export import STANDARD_OUTPUT
from doorctl.cli.evidence.record_questions import pages
from doorctl.cli.evidence.report_output import html_page
from doorctl.cli.output import counting, printable
from doorctl.cli.people.held_forms import as_report, as_text
from doorctl.cli.people.person_erase import PersonArgument, holder_meant
from doorctl.durable import write_new_file
from doorctl.errors import WrongUse
from doorctl.wire.held_results import HeldFound
from doorctl.wire.privacy import HeldPart, PersonHeld
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine
from doorctl.wire.rights import ExportBegin

_MODE = 0o600
_FORM = "person"
_ROWS = ("put", "dropped")
"""Columns of a change that hold rows, as JSON."""


class HeldFormat(StrEnum):
    """How it is written."""

    JSON = "json"
    TEXT = "text"
    HTML = "html"


def register(app: typer.Typer) -> None:
    """Add the command to the family of those about people."""
    hub_question(
        app,
        "export",
        "doorctl person export ada --out ada.json",
        "doorctl person export ada --format text --out ada.txt",
        "doorctl person export ada --format html --out ada.html",
    )(export)


async def export(
    desk: Desk,
    person: PersonArgument,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="a new file; - is standard output")],
    form: Annotated[
        HeldFormat, typer.Option("--format", help="json; text or one HTML file to be read")
    ] = HeldFormat.JSON,
) -> int:
    """Write all that is held about a person: name, cards, rights and who gave them, records. It is recorded."""
    if str(out) != STANDARD_OUTPUT and out.exists():
        raise WrongUse(f"{out} is there already, and nothing is overwritten: choose another --out")
    holder = await holder_meant(desk, person)
    held = await _held(desk, holder)
    await desk.hub.change(ExportBegin(secrets.token_hex(16), _FORM, names=True, holder=holder))
    text = _FORMS[form](held, desk)
    if str(out) == STANDARD_OUTPUT:
        typer.echo(printable(text), nl=False)
    else:
        write_new_file(out, text.encode(), mode=_MODE)
    return 0


def _as_json(held: dict[str, Any], _: Desk) -> str:
    return json.dumps(held, indent=1) + "\n"


def _as_text(held: dict[str, Any], desk: Desk) -> str:
    return "\n".join(as_text(held, desk.timezone)) + "\n"


def _as_html(held: dict[str, Any], desk: Desk) -> str:
    return html_page(desk, as_report(held, desk.timezone))


_FORMS: Mapping[HeldFormat, Callable[[dict[str, Any], Desk], str]] = {
    HeldFormat.JSON: _as_json,
    HeldFormat.TEXT: _as_text,
    HeldFormat.HTML: _as_html,
}


async def _held(desk: Desk, holder: str) -> dict[str, Any]:
    base = await desk.hub.ask(PersonHeld(holder), HeldFound)
    acts = [act async for page in _pages(desk, lambda at: PersonHeld(holder, acts_after=at)) for act in page.acts]
    alerts = [
        alert async for page in _pages(desk, lambda at: PersonHeld(holder, alerts_before=at)) for alert in page.alerts
    ]
    reviews = [
        line async for page in _pages(desk, lambda at: PersonHeld(holder, reviews_after=at)) for line in page.reviews
    ]
    parts = {part: [line async for line in _lines(desk, holder, part)] for part in HeldPart}
    lines: list[RecordLine] = []
    with counting("records") as tell:
        async for found_page in pages(desk, Records(holder=holder)):
            lines += found_page.records
            tell(len(found_page.records))
    found: dict[str, Any] = msgspec.to_builtins(
        replace(base, acts=tuple(acts), alerts=tuple(alerts), reviews=tuple(reviews))
    )
    for field in ("after", "lines", "after_key"):
        del found[field]
    found["acts"] = [act | {"changed": json.loads(act["changed"] or "null")} for act in found["acts"]]
    found["grants"] = [grant | given_by(grant["grant"], found["acts"]) for grant in found["grants"]]
    return found | parts | {"records": [json.loads(line.leaf) for line in lines]}


async def _pages(desk: Desk, question: Callable[[int], PersonHeld]) -> AsyncIterator[HeldFound]:
    after: int | None = 0
    while after is not None:
        page = await desk.hub.ask(question(after), HeldFound)
        yield page
        after = page.after


async def _lines(desk: Desk, holder: str, part: HeldPart) -> AsyncIterator[dict[str, Any]]:
    """Ask for all lines of a part; rows that changes tell of are read."""
    after: str | None = ""
    while after is not None:
        page = await desk.hub.ask(PersonHeld(holder, part=part, after_key=after), HeldFound)
        for line in page.lines:
            rows = {does: json.loads(str(line[does])) for does in _ROWS if line.get(does)}
            yield line | rows
        after = page.after_key


def given_by(grant: str, acts: list[dict[str, Any]]) -> dict[str, Any]:
    """Tell who gave a grant and when, as far as that is recorded."""
    giving = [act for act in acts if act["changed"] and _has(act["changed"].get("after", {}), grant)]
    return {"given_by": giving[-1]["admin"], "given_at": giving[-1]["at"]} if giving else {}


def _has(stands: Mapping[str, Any], grant: str) -> bool:
    return any(row.get("type") == "grant" and row.get("id") == grant for row in stands.get("rows", ()))
