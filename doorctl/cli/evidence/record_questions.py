"""Which records an admin asks for, as options and as a question; and their pages, one after the other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import typer
from msgspec.structs import replace

from doorctl.cli.desk import Desk
from doorctl.cli.places.known_places import tell_unknown
from doorctl.cli.times import period_seconds
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordsPage

FromOption = Annotated[str | None, typer.Option("--from", metavar="T", help="records from this ISO date or time on")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="T", help="records before this ISO date or time")]
ZoneOption = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="only this zone")]
DoorOption = Annotated[str | None, typer.Option("--door", metavar="DOOR", help="only this door")]
PersonOption = Annotated[
    str | None, typer.Option("--person", metavar="HANDLE", help="only this person, by handle or holder id")
]
OutcomeOption = Annotated[Outcome | None, typer.Option("--outcome", help="only decisions with this outcome")]
ReasonOption = Annotated[
    Reason | None, typer.Option("--reason", metavar="REASON", help="only this reason: a word of docs/rules.md")
]
KindOption = Annotated[
    RecordKind | None,
    typer.Option("--kind", metavar="KIND", help="only this kind of record: a word of docs/rules.md"),
]
NamesOption = Annotated[bool, typer.Option("--names", help="put handles and names beside the holder ids")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters as they were typed."""

    since: FromOption = None
    until: ToOption = None
    zone: ZoneOption = None
    door: DoorOption = None
    person: PersonOption = None
    outcome: OutcomeOption = None
    reason: ReasonOption = None
    kind: KindOption = None


async def question_of(desk: Desk, wanted: Wanted) -> Records:
    """Return the question for these records. Raises Refused ``unknown-holder``."""
    since, until = period_seconds(wanted.since, wanted.until, desk.timezone)
    await tell_unknown(desk, zone=wanted.zone, door=wanted.door)
    return Records(
        since=since,
        until=until,
        zone=wanted.zone,
        door=wanted.door,
        holder=None if wanted.person is None else await _holder(desk, wanted.person),
        outcome=wanted.outcome,
        reason=wanted.reason,
        kind=wanted.kind,
    )


async def pages(desk: Desk, question: Records) -> AsyncIterator[RecordsPage]:
    """Yield page after page, until the last there is now. Raises Refused or Unreachable."""
    more = True
    while more:
        page = await desk.hub.ask(question, RecordsPage)
        yield page
        question, more = replace(question, after=page.after), page.more


async def _holder(desk: Desk, person: str) -> str:
    """Return the holder of a handle; what is no handle may be the id of one who was removed."""
    try:
        return await desk.holder(person)
    except Refused as refusal:
        if refusal.refusal == "unknown-holder" and len(person) == 16 and not set(person) - set("0123456789abcdef"):
            return person
        raise
