"""``doorctl alert``: what is suspicious, who has seen it, and by which rules."""

import re
from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from msgspec.structs import replace

from doorctl.cli.desk import Desk, family, hub_command, hub_question, private
from doorctl.cli.times import local_time, span_seconds
from doorctl.core.suspicion.alerts import USED, RuleName, Severity
from doorctl.errors import Refused
from doorctl.processes import DONE
from doorctl.site.times import written_span
from doorctl.wire.alerts import (
    MAX_NOTE,
    MOST_COUNTED,
    MOST_QUIET_SECONDS,
    MOST_SECONDS,
    AlertAcknowledge,
    AlertDistanceSet,
    AlertFound,
    AlertRules,
    AlertRuleSet,
    AlertsOf,
    AlertsPage,
    AlertTest,
    Place,
    RulesFound,
)

app = family("alert", "Look at alerts, acknowledge them, and set the rules they are raised by.")
rules = family("rule", "Look at the rules of suspicion, and set them.")
app.add_typer(rules)

_UNKNOWN = Refused("unknown-alert", "there is no such alert: `doorctl alert list` shows those that are open")
_A_BEGINNING = re.compile(r"[0-9a-fA-F]{1,12}\Z")
_MEANING = {str(rule): rule.meaning for rule in RuleName}
AlertArgument = Annotated[str, typer.Argument(metavar="ID", help="the alert, by its id or the beginning of it")]
PlaceArgument = Annotated[str, typer.Argument(metavar="PLACE", help="a door, or with --zones a zone")]


@hub_question(app, "list", "doorctl alert list", "doorctl alert list --all --json")
async def list_alerts(
    desk: Desk,
    *,
    everything: Annotated[bool, typer.Option("--all", help="those that were acknowledged, too")] = False,
) -> int:
    """List the alerts that nobody has acknowledged, the newest first."""
    found = await _found(desk, AlertsOf(everything=everything))
    if desk.output.as_json:
        for alert in found:
            desk.output.result(alert, "")
        return DONE
    desk.output.table([row_of(alert, desk.timezone) for alert in found], empty="There are no open alerts.")
    return DONE


@hub_question(app, "show", "doorctl alert show 3fa1c2d40b6e")
async def show(desk: Desk, alert: AlertArgument) -> int:
    """Show all that is known about an alert, and the records that led to it."""
    found = await _one(desk, alert)
    desk.output.result(found, "\n".join(lines_of(found, desk.timezone)))
    return DONE


_ACKNOWLEDGE = (
    'doorctl alert acknowledge 3fa1c2d40b6e --note "the cleaner, with a new badge"',
    "doorctl alert acknowledge 3fa1c2d40b6e --relearn",
)


@hub_command(app, "acknowledge", *_ACKNOWLEDGE)
async def acknowledge(
    desk: Desk,
    alert: AlertArgument,
    note: Annotated[
        str,
        typer.Option("--note", metavar="TEXT", help="what somebody shall know later; sealed, and kept by the hub"),
    ] = "",
    *,
    relearn: Annotated[
        bool,
        typer.Option("--relearn", help="of pulse-timing: the reader is another, learn its door's readers anew"),
    ] = False,
) -> int:
    """Say that you have seen an alert and take care of it."""
    if len(note) > MAX_NOTE:
        raise typer.BadParameter(f"a note has at most {MAX_NOTE} characters")
    found = await _one(desk, alert)
    do = AlertAcknowledge(found.id, relearn)
    return await desk.change(do, private(note=note) if note else None, alert=found.id)


@hub_command(app, "test", "doorctl alert test")
async def test(desk: Desk) -> int:
    """Raise an alert that means nothing, to see whether alerts arrive."""
    return await desk.change(AlertTest())


@hub_question(rules, "list", "doorctl alert rule list")
async def list_rules(desk: Desk) -> int:
    """List the rules, how each is set, and the distances between places."""
    found = await desk.hub.ask(AlertRules(), RulesFound)
    if desk.output.as_json:
        desk.output.result(found, "")
        return DONE
    rows: list[dict[str, object]] = [
        {
            "rule": each.rule,
            "on": "on" if each.enabled else "off",
            "severity": each.severity,
            "count": each.count if each.rule in USED["count"] else "",
            "within": written_span(int(each.seconds)) if each.rule in USED["within"] else "",
            "quiet": written_span(int(each.quiet_seconds)),
            "schedule": each.schedule or "",
            "as usual": "yes" if each.is_usual else "no",
        }
        for each in found.rules
    ]
    desk.output.table(rows, empty="")
    for each in found.distances:
        desk.output.news(f"{each.place} {each.one} and {each.other}: at least {each.seconds:.0f} s")
    return DONE


_SET = (
    "doorctl alert rule set denials-at-door --count 10 --within 2m",
    "doorctl alert rule set out-of-hours --on --schedule office",
    "doorctl alert rule set first-use --off",
)


@hub_command(rules, "set", *_SET)
async def set_rule(
    desk: Desk,
    rule: Annotated[RuleName, typer.Argument(metavar="RULE", help="the rule, such as denials-at-door")],
    *,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="whether it raises alerts", show_default=False)
    ] = None,
    severity: Annotated[Severity | None, typer.Option(help="how much its alerts matter", show_default=False)] = None,
    count: Annotated[int | None, typer.Option(min=1, max=MOST_COUNTED, help="how many", show_default=False)] = None,
    within: Annotated[
        str | None, typer.Option(metavar="SPAN", help="within how long, such as 90s or 5m", show_default=False)
    ] = None,
    quiet: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="for how long it says nothing more about the same", show_default=False),
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="SCHEDULE", help="the site's hours, for out-of-hours", show_default=False)
    ] = None,
    usual: Annotated[bool, typer.Option("--usual", help="all the rest as it was at first")] = False,
) -> int:
    """Set what is named of a rule; the rest stays as it is."""
    _check_used(rule, count=count, within=within, schedule=schedule)
    do = AlertRuleSet(
        rule,
        enabled=enabled,
        severity=severity,
        count=count,
        seconds=seconds_of(within, range(1, MOST_SECONDS + 1)),
        quiet_seconds=seconds_of(quiet, range(MOST_QUIET_SECONDS + 1)),
        schedule=schedule,
        usual=usual,
    )
    return await desk.change(do, rule=rule)


@hub_command(rules, "distance", "doorctl alert rule distance vault-door east-gate --seconds 90")
async def set_distance(
    desk: Desk,
    one: PlaceArgument,
    other: PlaceArgument,
    seconds: Annotated[int, typer.Option(min=0, max=86_400, help="the seconds it takes at least; 0 for no matter")],
    *,
    zones: Annotated[bool, typer.Option("--zones", help="between zones, not doors")] = False,
) -> int:
    """Say how long it takes at least from one place to another, either way, for too-fast."""
    place = Place.ZONE if zones else Place.DOOR
    return await desk.change(AlertDistanceSet(place, one, other, seconds), one=one, other=other)


def _check_used(rule: RuleName, **given: object) -> None:
    """Refuse what the rule does not go by: it would change nothing. Raises BadParameter."""
    for name, value in given.items():
        if value is not None and rule not in USED[name]:
            raise typer.BadParameter(f"{rule} goes by no --{name}: leave it out")


async def _found(desk: Desk, question: AlertsOf) -> list[AlertFound]:
    """Ask for one page after the other, until the last. Raises Refused."""
    page = await desk.hub.ask(question, AlertsPage)
    found = list(page.alerts)
    while page.after is not None:
        page = await desk.hub.ask(replace(question, before=page.after), AlertsPage)
        found += page.alerts
    return found


async def _one(desk: Desk, beginning: str) -> AlertFound:
    """Find the one alert whose id begins so. Raises Refused ``unknown-alert``."""
    if not _A_BEGINNING.match(beginning):
        raise _UNKNOWN
    page = await desk.hub.ask(AlertsOf(alert=beginning.lower(), everything=True), AlertsPage)
    if len(page.alerts) > 1:
        raise Refused("unknown-alert", f"more than one alert begins with {beginning}: write more of it")
    if not page.alerts:
        raise _UNKNOWN
    return page.alerts[0]


def row_of(alert: AlertFound, timezone: ZoneInfo) -> dict[str, object]:
    """Write an alert as a row of a table."""
    return {
        "alert": alert.id,
        "raised": local_time(alert.raised_at, timezone),
        "severity": alert.severity,
        "rule": alert.rule,
        "where": alert.door or alert.zone or alert.controller,
        "who": alert.handle or alert.about,
        "what": alert.detail + (" (late)" if alert.late else ""),
        "seen by": alert.acknowledged_by or "",
    }


def lines_of(alert: AlertFound, timezone: ZoneInfo) -> Iterator[str]:
    """Write all that is known about an alert."""
    yield f"Alert {alert.id}: {alert.rule}, {alert.severity}, {alert.state}"
    yield f"  {_MEANING.get(alert.rule, '')} {alert.detail}".rstrip()
    late = "; its record came late" if alert.late else ""
    yield f"  at {local_time(alert.at, timezone)}, raised at {local_time(alert.raised_at, timezone)}{late}"
    facts = {"controller": alert.controller, "door": alert.door, "zone": alert.zone, "about": alert.about}
    known = " ".join(f"{name} {value}" for name, value in facts.items() if value)
    yield f"  {known}{f' ({alert.handle})' if alert.handle else ''}".rstrip() or "  about nobody"
    yield from (f"  record {each.seq} of {each.log}, log epoch {each.epoch}" for each in alert.records)
    if alert.acknowledged_at is not None:
        note = f": {alert.note}" if alert.note else ""
        yield f"  acknowledged by {alert.acknowledged_by} at {local_time(alert.acknowledged_at, timezone)}{note}"


def seconds_of(text: str | None, allowed: range) -> int | None:
    """Read a span with its unit; None where none is given. Raises BadParameter."""
    return None if text is None else span_seconds(text, allowed)
