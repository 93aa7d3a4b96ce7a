"""``doorctl audit``: every controller's records, as the hub collected them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from doorctl.cli import audit_verify
from doorctl.cli.desk import Desk, family, hub_question
from doorctl.cli.export import FORMATS, open_export
from doorctl.cli.output import counting, say_error
from doorctl.cli.record_text import columns_of, line_of
from doorctl.cli.times import optional_seconds
from doorctl.core.reasons import Outcome
from doorctl.errors import Refused, Unreachable
from doorctl.processes import DONE
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine, RecordsPage

app = family("audit", "Export, follow and verify the records.")
audit_verify.register(app)

FOLLOW_SECONDS = 1.0
_LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=30), None)

FromOption = Annotated[str | None, typer.Option("--from", metavar="T", help="records from this ISO date or time on")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="T", help="records before this ISO date or time")]
ZoneOption = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="only this zone")]
DoorOption = Annotated[str | None, typer.Option("--door", metavar="DOOR", help="only this door")]
PersonOption = Annotated[
    str | None, typer.Option("--person", metavar="HANDLE", help="only this person, by handle or holder id")
]
OutcomeOption = Annotated[Outcome | None, typer.Option("--outcome", help="only decisions with this outcome")]
NamesOption = Annotated[bool, typer.Option("--names", help="put handles and names beside the holder ids")]


class ExportFormat(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"


@hub_question(
    app,
    "export",
    "doorctl audit export --format csv --out october.csv --from 2026-10-01 --to 2026-11-01",
    "doorctl audit export --format jsonl --person ada --out -",
)
async def export(
    desk: Desk,
    *,
    form: Annotated[ExportFormat, typer.Option("--format", help="csv, or one JSON object per line")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="where to write it; - is standard output")],
    since: FromOption = None,
    until: ToOption = None,
    zone: ZoneOption = None,
    door: DoorOption = None,
    person: PersonOption = None,
    outcome: OutcomeOption = None,
    names: NamesOption = False,
) -> int:
    """Write all records that fit to a file, in the order of their arrival; people by holder ids only.

    The file appears, or is replaced, when it is complete. Bare dates are midnights at the site.
    """
    wanted = _Wanted(since, until, zone, door, person, outcome)
    count = 0
    with open_export(out, FORMATS[form], with_names=names) as write, counting("records") as add:
        async for page in _pages(desk, await _query(desk, wanted)):
            for record in page.records:
                write(columns_of(record, with_names=names))
            count += len(page.records)
            add(len(page.records))
    if str(out) == "-":
        say_error(f"{count} records")
    else:
        desk.output.result({"records": count, "out": str(out)}, f"{count} records in {out}")
    return DONE


@hub_question(app, "tail", "doorctl audit tail", "doorctl audit tail --follow --door floor-3")
async def tail(
    desk: Desk,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on with what arrives, until stopped")] = False,
    last: Annotated[int, typer.Option("--last", metavar="N", min=0, help="how many of the newest records")] = 20,
    zone: ZoneOption = None,
    door: DoorOption = None,
    person: PersonOption = None,
    outcome: OutcomeOption = None,
    names: NamesOption = False,
) -> int:
    """Show the newest records, and with --follow each that arrives."""
    query = await _query(desk, _Wanted(None, None, zone, door, person, outcome))
    newest, after = await _newest(desk, query, last)
    _show(desk, newest, with_names=names)
    while follow:
        try:
            async for page in _pages(desk, replace(query, after=after)):
                _show(desk, page.records, with_names=names)
                after = page.after
        except Unreachable as error:
            say_error(f"doorctl: {error}; still trying")
        await asyncio.sleep(FOLLOW_SECONDS)
    return DONE


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The filters as they were typed."""

    since: str | None
    until: str | None
    zone: str | None
    door: str | None
    person: str | None
    outcome: Outcome | None


async def _query(desk: Desk, wanted: _Wanted) -> Records:
    return Records(
        since=optional_seconds(wanted.since, desk.timezone),
        until=optional_seconds(wanted.until, desk.timezone),
        zone=wanted.zone,
        door=wanted.door,
        holder=None if wanted.person is None else await _holder(desk, wanted.person),
        outcome=wanted.outcome,
    )


async def _holder(desk: Desk, person: str) -> str:
    """Return the holder of a handle; what is no handle may be the id of one who was removed."""
    try:
        return await desk.holder(person)
    except Refused as refusal:
        if refusal.refusal == "unknown-holder" and len(person) == 16 and not set(person) - set("0123456789abcdef"):
            return person
        raise


async def _pages(desk: Desk, query: Records) -> AsyncIterator[RecordsPage]:
    more = True
    while more:
        page = await desk.hub.ask(query, RecordsPage)
        yield page
        query, more = replace(query, after=page.after), page.more


async def _newest(desk: Desk, query: Records, last: int) -> tuple[list[RecordLine], int]:
    """Return the last records and the position after them; look back further only while there are too few."""
    newest: deque[RecordLine] = deque(maxlen=last)
    after = 0
    for back in _LOOK_BACK:
        since = None if back is None else max(0, int((datetime.now(UTC) - back).timestamp()))
        newest.clear()
        async for page in _pages(desk, replace(query, since=since)):
            newest.extend(page.records)
            after = max(after, page.after)
        if len(newest) == last:
            break
    return list(newest), after


def _show(desk: Desk, records: list[RecordLine] | tuple[RecordLine, ...], *, with_names: bool) -> None:
    for record in records:
        columns = columns_of(record, with_names=with_names)
        desk.output.result(columns, line_of(columns, desk.timezone))
