"""What reports ask of the hub: counts page by page, rights and who gave them, names for those who may have them."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from dataclasses import replace as with_fields
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from msgspec.structs import replace

from doorctl.cli.desk import Desk
from doorctl.cli.evidence.record_questions import DoorOption, ZoneOption, pages
from doorctl.cli.output import counting, waiting
from doorctl.cli.times import local_time, period_seconds
from doorctl.core.model import Factor
from doorctl.core.records import RecordKind
from doorctl.core.rules.factors import factors_asked
from doorctl.hub.rights.roles import RIGHTS, Effect
from doorctl.policy.row_lists import factor_times_of
from doorctl.reports.access import GrantHeld, Person, Rights
from doorctl.reports.acts import Deed, givings
from doorctl.reports.muster import Silence
from doorctl.reports.shown import Shown
from doorctl.reports.tallies import Counts, merge
from doorctl.site.state import PinHeld
from doorctl.wire import own_pin
from doorctl.wire.link_state import LinkWord
from doorctl.wire.questions import Records, StatusOf
from doorctl.wire.report_words import TalliesOf, TalliesPage, Tally, unpack
from doorctl.wire.results import Cell, RecordLine, SiteStatus
from doorctl.wire.rights import ExportBegin

SinceOption = Annotated[str | None, typer.Option("--from", metavar="T", help="from this ISO date or time on")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="T", help="before this ISO date or time")]

_CHANGES = frozenset(
    word for word, right in RIGHTS.items() if right.effect in {Effect.ADDS, Effect.REDUCES} and word != "plan-part"
) | {own_pin.VERB}
_REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Which records a report is about."""

    since: int | None = None
    until: int | None = None
    zone: str | None = None
    door: str | None = None

    def facts(self, desk: Desk) -> tuple[str, ...]:
        """Say so in words."""
        begin = "the beginning of the log" if self.since is None else local_time(self.since, desk.timezone)
        end = "now" if self.until is None else local_time(self.until, desk.timezone)
        only = [f"zone {self.zone}"] if self.zone else []
        only += [f"door {self.door}"] if self.door else []
        return (f"From {begin} until {end} ({desk.timezone.key}){', only ' if only else ''}{' and '.join(only)}.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneTimes:
    """The options that say when, and in which zone."""

    since: SinceOption = None
    until: ToOption = None
    zone: ZoneOption = None

    def period(self, desk: Desk) -> Period:
        """Read them, by the site's time. Raises WrongUse."""
        since, until = period_seconds(self.since, self.until, desk.timezone)
        return Period(since=since, until=until, zone=self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTimes(ZoneTimes):
    """The options that say when, and at which door."""

    door: DoorOption = None

    def period(self, desk: Desk) -> Period:
        """Read them, by the site's time. Raises WrongUse."""
        return with_fields(ZoneTimes.period(self, desk), door=self.door)


async def counts_of(desk: Desk, period: Period, *tallies: Tally, schedule: str | None = None) -> Counts:
    """Count the records of a period. Raises Refused or Unreachable."""
    question = TalliesOf(
        tallies, since=period.since, until=period.until, zone=period.zone, door=period.door, schedule=schedule
    )
    counts: Counts = {}
    with counting("records") as add:
        more = True
        while more:
            page = await desk.hub.ask(question, TalliesPage)
            merge(counts, unpack(page.counts))
            add(page.after - question.after)
            question, more = replace(question, after=page.after), page.more
    return counts


async def shown_to(desk: Desk, *, names: bool, report: str, to_file: bool) -> Shown:
    """Return how persons and times are written. Who wants names or a file says so to the hub, which records it.

    Raises Refused ``not-allowed`` for names that one's role does not allow.
    """
    if names or to_file:
        with waiting("telling the hub"):
            await desk.hub.change(ExportBegin(secrets.token_hex(16), f"report-{report}"[:32], names=names))
    called = {str(row["holder"]): _called(row) for row in await desk.rows("people")} if names else {}
    return Shown(lambda holder: called.get(holder, holder), lambda at: local_time(at, desk.timezone))


def _called(row: dict[str, Cell]) -> str:
    handle, name = row["handle"], row["name"]
    return f"{name} ({handle})" if name and handle else str(handle or row["holder"])


async def rights_of(desk: Desk) -> Rights:
    """Return who may enter where, and who gave it as far as the hub's own log tells."""
    with waiting("reading the rights"):
        grants = [msgspec.convert(_known(row, GrantHeld), GrantHeld) for row in await desk.rows("grants")]
        members = frozenset((str(row["holder"]), str(row["group"])) for row in await desk.rows("members"))
        people = [_person(row) for row in await desk.rows("people")]
        asks = {str(row["zone"]): _factors_asked(row) for row in await desk.rows("zones")}
        granted, joined = givings([deed async for deed in deeds_of(desk, Period())])
    return Rights(tuple(grants), members, {person.holder: person for person in people}, granted, joined, asks)


def _person(row: dict[str, Cell]) -> Person:
    pin = row.get("pin")
    known = {name: row[name] for name in ("holder", "status", "valid_from", "valid_until", "cards")}
    return msgspec.convert({**known, "has_pin": pin is not None, "pin_alone": pin == PinHeld.ALONE}, Person)


def _known(row: dict[str, Cell], wanted: type[GrantHeld]) -> dict[str, Cell]:
    return {name: row[name] for name in wanted.__dataclass_fields__}


def _factors_asked(row: dict[str, Cell]) -> frozenset[Factor]:
    times = factor_times_of(str(row.get("factor_times") or "[]"))
    return factors_asked(Factor(str(row.get("factor") or Factor.CARD)), times)


async def silent_controllers(desk: Desk) -> list[Silence]:
    """Return the controllers whose link is not there."""
    status = await desk.hub.ask(StatusOf(), SiteStatus)
    return [
        Silence(each.controller, each.heard_at, each.doors)
        for each in status.controllers
        if each.link is not LinkWord.ONLINE
    ]


class _Act(msgspec.Struct):
    admin: str = ""
    verb: str = ""
    verdict: str = ""
    reason: str = ""
    revision: int | None = None
    before: tuple[msgspec.Raw, ...] = ()
    after: tuple[msgspec.Raw, ...] = ()


class _Leaf(msgspec.Struct):
    at: datetime
    detail: str = ""
    act: _Act | None = None


_leaf = msgspec.json.Decoder(_Leaf)


async def deeds_of(desk: Desk, period: Period, *, with_refused: bool = False) -> AsyncIterator[Deed]:
    """Yield the commands that may have changed rights, as the hub's own log tells them."""
    question = Records(since=period.since, until=period.until, zone=period.zone, kind=RecordKind.COMMAND)
    async for found in pages(desk, question):
        for record in found.records:
            deed = _deed(record)
            if deed is not None and deed.verb in _CHANGES and (with_refused or deed.verdict != _REFUSED):
                yield deed


def _deed(record: RecordLine) -> Deed | None:
    leaf = _leaf.decode(record.leaf)
    act = leaf.act
    if act is None:
        return None
    return Deed(
        at=int(leaf.at.astimezone(UTC).timestamp()),
        admin=act.admin,
        verb=act.verb,
        about=leaf.detail,
        verdict=act.verdict,
        holder=record.holder or "",
        reason=act.reason,
        revision=act.revision,
        before=" ".join(bytes(row).decode() for row in act.before),
        after=" ".join(bytes(row).decode() for row in act.after),
    )
