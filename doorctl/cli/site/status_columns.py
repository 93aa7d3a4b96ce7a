"""The table of ``doorctl status``, as narrow as it can be: what is as it should be everywhere needs no column."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from doorctl.cli.times import local_time
from doorctl.clock import ClockQuality
from doorctl.wire.messages import FEATURE_LEVEL
from doorctl.wire.results import ControllerStatus, SiteStatus

_USUAL: Mapping[str, object] = {
    "digest": "agrees",
    "clock": ClockQuality.SYNCHRONIZED.value,
    "level": FEATURE_LEVEL,
    "withheld": 0,
    "trust": "current",
}


def columns(found: SiteStatus, timezone: ZoneInfo) -> Sequence[Mapping[str, object]]:
    """Return a row for each controller, without the columns in which every controller has what is usual."""
    rows = [_cells(each, found, timezone) for each in found.controllers]
    dull = {name for name, usual in _USUAL.items() if all(row[name] == usual for row in rows)}
    return [{name: value for name, value in row.items() if name not in dull} for row in rows]


def _cells(each: ControllerStatus, found: SiteStatus, timezone: ZoneInfo) -> Mapping[str, object]:
    return {
        "controller": each.controller,
        "link": each.link,
        "revision": each.revision,
        "in_force": "no door runs" if each.revision and each.in_force is None else each.in_force,
        "current": "yes" if each.is_current else "no",
        "fresh": None if each.fresh_seconds is None else f"{each.fresh_seconds} s",
        "digest": {True: "agrees", False: "differs", None: ""}[each.digest_agrees],
        "clock": each.clock,
        "level": each.level,
        "withheld": each.withheld,
        "trust": each.trust_version if each.trust_version != found.trust_version else "current",
        "log": each.log_size,
        "heard_at": _when(each.heard_at, found.at, timezone),
        "last_record_at": _when(each.last_record_at, found.at, timezone),
    }


def _when(at: int | None, now: int, timezone: ZoneInfo) -> str | None:
    """Write a time of today as a time of day, any other whole."""
    if at is None:
        return None
    day, _, time_of_day = local_time(at, timezone).partition(" ")
    today = local_time(now, timezone).partition(" ")[0]
    return time_of_day[:8] if day == today else f"{day} {time_of_day[:8]}"
