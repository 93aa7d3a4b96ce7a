"""``doorctl audit``: every controller's records, as the hub collected them."""

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from msgspec.structs import replace

from doorctl.cli.desk import Desk, family, hub_question
from doorctl.cli.evidence import audit_anchor, audit_export, audit_verify
from doorctl.cli.evidence.record_questions import (
    DoorOption,
    KindOption,
    NamesOption,
    OutcomeOption,
    PersonOption,
    ReasonOption,
    Wanted,
    ZoneOption,
    pages,
    question_of,
)
from doorctl.cli.evidence.record_text import columns_of, line_of
from doorctl.cli.output import say_error
from doorctl.errors import Unreachable
from doorctl.processes import DONE
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine

app = family("audit", "Export, follow and verify the records.")
audit_export.register(app)
audit_verify.register(app)
audit_anchor.register(app)

FOLLOW_SECONDS = 1.0
_LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=30), None)


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
    reason: ReasonOption = None,
    kind: KindOption = None,
    names: NamesOption = False,
) -> int:
    """Show the newest records, and with --follow each that arrives."""
    wanted = Wanted(zone=zone, door=door, person=person, outcome=outcome, reason=reason, kind=kind)
    query = replace(await question_of(desk, wanted), names=names)
    newest, after = await _newest(desk, query, last)
    _show(desk, newest, with_names=names)
    while follow:
        try:
            async for page in pages(desk, replace(query, after=after)):
                _show(desk, page.records, with_names=names)
                after = page.after
        except Unreachable as error:
            say_error(f"doorctl: {error}; still trying")
        await asyncio.sleep(FOLLOW_SECONDS)
    return DONE


async def _newest(desk: Desk, query: Records, last: int) -> tuple[list[RecordLine], int]:
    """Return the last records and the position after them; look back further only while there are too few."""
    newest: deque[RecordLine] = deque(maxlen=last)
    after = 0
    for back in _LOOK_BACK:
        since = None if back is None else max(0, int((datetime.now(UTC) - back).timestamp()))
        newest.clear()
        async for page in pages(desk, replace(query, since=since)):
            newest.extend(page.records)
            after = max(after, page.after)
        if len(newest) == last:
            break
    return list(newest), after


def _show(desk: Desk, records: list[RecordLine] | tuple[RecordLine, ...], *, with_names: bool) -> None:
    for record in records:
        columns = columns_of(record, with_names=with_names)
        desk.output.result(columns, line_of(columns, desk.timezone))
