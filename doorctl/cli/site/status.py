"""``doorctl status``: how the hub and every controller are."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.site.status_columns import columns
from doorctl.cli.times import local_day, local_time
from doorctl.policy.needs import EVERYWHERE
from doorctl.processes import DONE
from doorctl.trust.verify import WARN_DAYS
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import ControllerStatus, LogAlarm, SiteStatus

DAY_SECONDS = 86_400
LOG_ALARMS = {
    "log-fork": "a controller has signed two histories of its log",
    "log-malformed": "a controller sends what no verifier would take for a record; nothing more of it is taken in",
    "hub-fork": "a controller has recorded another history of the hub's log, which the hub's key has signed",
    "hub-root-unsigned": "a controller has recorded another history of the hub's log, and the hub never signed it",
    "log-gap": "records of a controller are missing, and it does not send them",
    "log-began-anew": "a controller began a log without a word of the one before, which has the root that is held",
    "log-shrunk": "a controller has fewer records than it had signed for",
}


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    hub_question(app, "status", "doorctl status", "doorctl status --json")(status)


async def status(desk: Desk) -> int:
    """Show how the hub and every controller are.

    What a link says of itself (online, its certificate) is signed by nobody; all else the controller has signed.
    """
    found = await desk.hub.ask(StatusOf(), SiteStatus)
    if desk.output.as_json:
        desk.output.result(found, "")
        return DONE
    desk.output.news(
        f"Site {found.site}: revision {found.revision} of epoch {found.epoch}, trust version {found.trust_version}, "
        f"at {local_time(found.at, desk.timezone)}, threat level {found.threat}"
    )
    for line in (*troubles(found), *held_open(found, desk.timezone)):
        desk.output.news(line)
    desk.output.table(
        columns(found, desk.timezone), empty="No controller has joined: `doorctl join` on one prints its code."
    )
    if found.refusals:
        counted = ", ".join(f"{reason} {count}" for reason, count in sorted(found.refusals.items()))
        desk.output.news(f"Refused since the hub started: {counted}")
    return DONE


def troubles(found: SiteStatus) -> Iterator[str]:
    """Say what somebody should see to, the worst first."""
    yield from _what_bars_additions(found)
    if found.card_keys_lacking:
        yield (
            f"ALARM: the hub lacks {found.card_keys_lacking} of the card keys that the policy uses: bring "
            "card.keys from a controller's state folder to the hub's, and restart it; until then no card is enrolled "
            "or found by its number"
        )
    yield from _at_doors(found)
    yield from map(_log_alarm, found.log_alarms)
    if found.open_alerts:
        yield f"{found.open_alerts} alert(s) nobody has acknowledged: `doorctl alert list`"
    for each in found.controllers:
        yield from _of_a_controller(each, found)
    for zone in found.takes_clonable:
        yield (
            f"{zone} is strict and takes cards that can be copied: once `doorctl card class` has said which cannot, "
            f"`doorctl zone classes {zone} --cards not-clonable` bars the others"
        )
    yield from _expiry("trust", found.trust_expires, found.at)
    if found.nameless:
        yield f"{found.nameless} people came back without a name after a restore: `doorctl list people`"


def held_open(found: SiteStatus, timezone: ZoneInfo) -> Iterator[str]:
    """Say which doors somebody has ordered to stay open."""
    for door, until in sorted(found.held_open.items()):
        yield (
            f"{door} was ordered to stay open until {local_time(until, timezone)} (a lockdown or the end of its door "
            f"process ends it sooner): `doorctl hold-open {door} --end`"
        )


def _what_bars_additions(found: SiteStatus) -> Iterator[str]:
    """Say why the hub adds nothing, or soon will not."""
    if found.is_forked:
        yield "ALARM: this hub has signed two histories; nothing is added until `doorctl trust new-epoch`"
    if found.newer_trust is not None:
        yield (
            f"ALARM: there is trust version {found.newer_trust}, and the hub has {found.trust_version}: nothing is "
            "added until it has the newest trust.note"
        )
    if found.lost_up_to is not None:
        yield (
            f"ALARM: the hub was restored and fetches revisions {found.revision + 1} to {found.lost_up_to} back; "
            f"{found.reductions_kept} command(s) wait for that. Where that stands still for minutes with every "
            "controller there, nobody has those changes any more: `doorctl trust new-epoch`"
        )
    if found.is_disk_short:
        yield (
            "ALARM: the hub's disk is nearly full: records wait at controllers, and soon nothing is added; make room "
            "on it"
        )
    if found.unproven:
        yield (
            f"ALARM: {', '.join(found.unproven)} says that there are changes that the hub lacks: nothing is added "
            "until they are shown; else `doorctl trust new-epoch` (true) or `doorctl trust revoke-key` (a lie); "
            f"{found.reductions_kept} command(s) wait for that"
        )


def _at_doors(found: SiteStatus) -> Iterator[str]:
    for door, controllers in found.claimed_twice.items():
        yield (
            f"ALARM: {', '.join(controllers)} say that they serve {door}: no order goes to it; if one was stolen, "
            "`doorctl trust revoke-key NAME`"
        )
    for controller in found.late_with_leavers:
        yield (
            f"ALARM: {controller} was there and has not confirmed to deny somebody who is suspended or removed, a "
            "lost card, or what is locked down: let somebody stand at its doors"
        )
    for scope in found.lockdowns:
        zone, end = ("every zone", "all") if scope == EVERYWHERE else (scope, scope)
        yield f"{zone} is locked down: no card opens its doors until `doorctl release {end}`"


def _log_alarm(alarm: LogAlarm) -> str:
    what, at = LOG_ALARMS.get(alarm.word, alarm.word), local_time(alarm.at, ZoneInfo("UTC"))
    return (
        f"ALARM: {at}: {what}: {alarm.controller}, log epoch {alarm.log_epoch}, from record {alarm.record} on; "
        f"the hub holds root {alarm.held_root}, the controller tells {alarm.told_root}"
    )


def _of_a_controller(each: ControllerStatus, found: SiteStatus) -> Iterator[str]:
    if each.is_forked:
        yield f"ALARM: {each.controller} follows another history; it applies nothing"
    if each.hub_forked:
        yield (
            f"ALARM: {each.controller} knows another history of the hub's own log: the hub lost records and has not "
            "said so, or somebody rewrote them; see `hub_log_forked` in its journal"
        )
    if each.digest_agrees is False:
        yield f"{each.controller}: its rows differ from the hub's; it repairs that by itself"
    if each.withheld:
        yield f"{each.controller}: {each.withheld} change(s) wait for a newer doorctl there; their zones deny"
    if each.is_cut_off:
        yield f"ALARM: {each.controller} gets no changes any more: its doorctl is too old for this policy; upgrade it"
    for trouble in each.input_troubles:
        place = f"{each.controller} at {trouble.door}" if trouble.door else each.controller
        since = local_time(trouble.at, ZoneInfo("UTC"))
        yield f"ALARM: {place}: {trouble.what}: {trouble.trouble}, since {since}"
    if each.loop is not None and each.loop.is_late:
        yield (
            f"{each.controller}: the loop of its door process was up to {each.loop.worst_ms} ms late within a "
            f"minute, one turn of 100 by more than {each.loop.p99_ms} ms: see `loop_late` in its journal"
        )
    for door in each.not_strict:
        yield f"{each.controller}: {door} is strict by policy alone: write strict_zone in its configuration"
    yield from _expiry(f"the certificate of {each.controller}", each.certificate_expires, found.at)


def _expiry(what: str, expires: int | None, at: int) -> Iterator[str]:
    if expires is None or expires - at > max(WARN_DAYS) * DAY_SECONDS:
        return
    yield f"{what} {'expired' if expires <= at else 'expires'} on {local_day(expires, ZoneInfo('UTC'))}"
