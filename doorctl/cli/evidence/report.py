"""``doorctl report``: who may enter, who is inside, who was denied, and what else a site is asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command, hub_question
from doorctl.cli.evidence.record_questions import NamesOption, ZoneOption
from doorctl.cli.evidence.report_data import (
    DoorTimes,
    Period,
    SinceOption,
    ZoneTimes,
    counts_of,
    deeds_of,
    rights_of,
    shown_to,
    silent_controllers,
)
from doorctl.cli.evidence.report_output import Written, write_report
from doorctl.cli.places.known_places import check_zones, tell_unknown
from doorctl.processes import DONE
from doorctl.reports import access, acts, listings, muster, overview
from doorctl.reports.shown import Shown
from doorctl.reports.tables import Report, Table
from doorctl.reports.tallies import Counts
from doorctl.wire.report_words import SettingSet, SiteSetting, Tally

app = family("report", "Report on access, entries, denials and changes.")

ScheduleOption = Annotated[str, typer.Option("--schedule", metavar="SCHEDULE", help="the hours of the site or zone")]
Lists = Callable[[Counts, Shown], Table]


@hub_question(
    app, "access", "doorctl report access server-room", "doorctl report access floor-3 --names --format csv"
)
async def report_access(
    desk: Desk,
    zone: Annotated[str, typer.Argument(metavar="ZONE", help="the zone")],
    *,
    written: Written,
    since: SinceOption = None,
    names: NamesOption = False,
) -> int:
    """Tell who may enter a zone and why, since when and by whom, with the last use: the longest unused first."""
    written.check(as_json=desk.output.as_json)
    await check_zones(desk, zone)
    period = ZoneTimes(since=since, zone=zone).period(desk)
    shown = await shown_to(desk, names=names, report="access", to_file=written.out is not None)
    rights, counts = await rights_of(desk), await counts_of(desk, period, Tally.ENTRIES)
    table = access.access(zone, rights, counts, shown, at=_now())
    facts = (*period.facts(desk), "Given by: nothing where it was a plan, or from before the hub kept a log.")
    write_report(desk, Report(table.title, facts, (table,)), written)
    return DONE


@hub_question(app, "inside", "doorctl report inside", "doorctl report inside --outside street --names")
async def report_inside(
    desk: Desk,
    *,
    written: Written,
    hours: Annotated[int, typer.Option(metavar="N", min=1, max=720, help="entries of so many hours")] = 24,
    outside: Annotated[
        list[str] | None, typer.Option(metavar="ZONE", help="a zone that is none of ours: doors into it lead out")
    ] = None,
    zone: ZoneOption = None,
    names: NamesOption = False,
) -> int:
    """Tell who is inside now, by zone, how sure that is, and which controllers are silent."""
    written.check(as_json=desk.output.as_json)
    await check_zones(desk, *(outside or ()), zone)
    shown = await shown_to(desk, names=names, report="inside", to_file=written.out is not None)
    period = Period(since=max(0, _now() - int(timedelta(hours=hours).total_seconds())))
    counts = await counts_of(desk, period, Tally.ENTRIES)
    tables = muster.muster(counts, shown, outside=frozenset(outside or ()), zone=zone)
    silent = muster.silences(await silent_controllers(desk), shown) or ("Every controller is in touch.",)
    write_report(desk, Report("Who is inside", (*silent, *period.facts(desk)), tables), written)
    return DONE


@hub_question(app, "denied", "doorctl report denied --from 2026-11-01", "doorctl report denied --door front --names")
async def report_denied(
    desk: Desk,
    *,
    written: Written,
    times: DoorTimes,
    names: NamesOption = False,
) -> int:
    """Tell who was denied, by person, door and reason."""
    return await _listed(desk, Tally.DENIED, times, listings.denied, written=written, names=names)


@hub_question(app, "out-of-hours", "doorctl report out-of-hours --schedule office-hours --zone floor-3")
async def report_out_of_hours(
    desk: Desk,
    *,
    schedule: ScheduleOption,
    written: Written,
    times: DoorTimes,
    names: NamesOption = False,
) -> int:
    """Tell who was let in outside of a schedule, on the site or in a zone, day by day."""

    def listed(counts: Counts, shown: Shown) -> Table:
        return listings.out_of_hours(counts, shown, schedule=schedule)

    return await _listed(desk, Tally.OUT_OF_HOURS, times, listed, written=written, names=names, schedule=schedule)


@hub_question(
    app, "doors", "doorctl report doors --from 2026-11-01", "doorctl report doors --format html --out d.html"
)
async def report_doors(
    desk: Desk,
    *,
    written: Written,
    times: DoorTimes,
) -> int:
    """Tell which doors were held open too long or forced, day by day."""
    return await _listed(desk, Tally.DOORS, times, listings.doors, written=written, names=False)


@hub_question(app, "break-glass", "doorctl report break-glass", "doorctl report break-glass --names")
async def report_break_glass(
    desk: Desk,
    *,
    written: Written,
    times: DoorTimes,
    names: NamesOption = False,
) -> int:
    """Tell who broke the glass where, the newest first."""
    return await _listed(desk, Tally.BREAK_GLASS, times, listings.break_glass, written=written, names=names)


@hub_question(app, "days", "doorctl report days --from 2026-11-01 --to 2026-12-01 --names")
async def report_days(
    desk: Desk,
    *,
    written: Written,
    times: DoorTimes,
    names: NamesOption = False,
) -> int:
    """Tell each person's first and last entry of each day, where an officer has allowed that in this site."""
    return await _listed(desk, Tally.DAYS, times, listings.days, written=written, names=names)


@hub_command(app, "allow-days", "doorctl report allow-days yes", "doorctl report allow-days no")
async def allow_days(
    desk: Desk, allowed: Annotated[bool, typer.Argument(metavar="yes|no", help="whether the site allows it")]
) -> int:
    """Allow the report of days in this site, or no longer; officers only."""
    return await desk.change(SettingSet(SiteSetting.DAYS_REPORT, allowed))


@hub_question(app, "changes", "doorctl report changes --from 2026-11-01", "doorctl report changes --zone server-room")
async def report_changes(
    desk: Desk,
    *,
    written: Written,
    times: ZoneTimes,
    refused: Annotated[bool, typer.Option("--refused", help="also what was refused")] = False,
    names: NamesOption = False,
) -> int:
    """Tell who changed which rights when, as the hub's own log has it."""
    written.check(as_json=desk.output.as_json)
    await tell_unknown(desk, zone=times.zone)
    period = times.period(desk)
    shown = await shown_to(desk, names=names, report="changes", to_file=written.out is not None)
    deeds = [deed async for deed in deeds_of(desk, period, with_refused=refused)]
    table = acts.changes(deeds, shown)
    write_report(desk, Report(table.title, period.facts(desk), (table,)), written)
    return DONE


@hub_question(app, "overview", "doorctl report overview --format html --out november.html --from 2026-11-01")
async def report_overview(
    desk: Desk,
    *,
    written: Written,
    times: DoorTimes,
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="SCHEDULE", help="tell what was out of these hours, too")
    ] = None,
    names: NamesOption = False,
) -> int:
    """Put an overview together: break-glass first, denials, doors, and the hours at which people come."""
    written.check(as_json=desk.output.as_json)
    await tell_unknown(desk, zone=times.zone, door=times.door)
    period = times.period(desk)
    shown = await shown_to(desk, names=names, report="overview", to_file=written.out is not None)
    more = (Tally.OUT_OF_HOURS,) if schedule else ()
    counts = await counts_of(desk, period, *overview.TALLIES, *more, schedule=schedule)
    title = f"Overview of {desk.hub.site}"
    report = overview.overview(counts, shown, title=title, facts=period.facts(desk), schedule=schedule)
    write_report(desk, report, written)
    return DONE


async def _listed(
    desk: Desk,
    tally: Tally,
    times: DoorTimes,
    lists: Lists,
    *,
    written: Written,
    names: bool,
    schedule: str | None = None,
) -> int:
    written.check(as_json=desk.output.as_json)
    await tell_unknown(desk, zone=times.zone, door=times.door)
    period = times.period(desk)
    shown = await shown_to(desk, names=names, report=tally, to_file=written.out is not None)
    table = lists(await counts_of(desk, period, tally, schedule=schedule), shown)
    write_report(desk, Report(table.title, period.facts(desk), (table,)), written)
    return DONE


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
