"""What admins say and ask about alerts: acknowledge one, set the rules, try whether alerts arrive, look at them."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
from msgspec.structs import replace as with_fields

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import DEFAULTS, RuleBook, RuleName, Settings, Suspicion
from doorctl.errors import Refused
from doorctl.hub.alerts.pulse_store import forgetting
from doorctl.hub.alerts.store import alerts_where, raising, rule_book, settings_statement, shortened
from doorctl.hub.own_log import Entry
from doorctl.hub.verbs.asked import Asked, Intent, Statement, the
from doorctl.hub.verbs.lists import fitting
from doorctl.policy.rows import DoorRow, ScheduleRow, ZoneRow
from doorctl.wire.alerts import (
    MAX_NOTE,
    AlertAcknowledge,
    AlertDistanceSet,
    AlertRules,
    AlertRuleSet,
    AlertsOf,
    AlertsPage,
    AlertState,
    AlertTest,
    DistanceFound,
    Place,
    RuleFound,
    RulesFound,
)

MOST_DISTANCES = 1000
_PAGE = 100
_ACKNOWLEDGE = """
UPDATE alerts SET acknowledged_at = ?, acknowledged_by = ?, note = ?, is_told = 0
WHERE id = ? AND acknowledged_at IS NULL
"""
_RELEARN = "; the pulses of the door's readers are learned anew"
_FORGET_DISTANCE = "DELETE FROM alert_distances WHERE place = ? AND one = ? AND other = ?"
_SET_DISTANCE = "INSERT OR REPLACE INTO alert_distances (place, one, other, seconds) VALUES (?, ?, ?, ?)"
_MUST_BE: dict[Place, Callable[[Asked, str], DoorRow | ZoneRow]] = {
    Place.DOOR: lambda asked, name: the(asked, DoorRow, name),
    Place.ZONE: lambda asked, name: the(asked, ZoneRow, name),
}


def alert_acknowledge(do: AlertAcknowledge, asked: Asked) -> Intent:
    """Note in the admin's name that an alert was seen; the first who says so is remembered."""
    found = alerts_where(asked.connection, "a.id = ?", (do.alert,))
    if not found:
        raise Refused("unknown-alert", "there is no such alert: `doorctl alert list` shows those that are open")
    alert, note = found[0], asked.private.note if asked.private else ""
    if len(note) > MAX_NOTE:
        raise Refused("note-too-long", f"a note beside an alert has at most {MAX_NOTE} characters")
    if alert.state == AlertState.ACKNOWLEDGED:
        raise Refused("alert-acknowledged", f"{alert.acknowledged_by} has acknowledged it already")
    if do.relearn and alert.rule != RuleName.PULSE_TIMING:
        raise Refused("not-learned", f"what {alert.rule} goes by is not learned of a reader: acknowledge it as it is")
    entry = Entry(
        RecordKind.ALERT_ACKNOWLEDGED,
        f"alert {alert.id} by {asked.admin.id}{_RELEARN if do.relearn else ''}",
        door=alert.door,
        zone=alert.zone,
        subject=alert.about,
    )
    own: list[Statement] = [(_ACKNOWLEDGE, (asked.at, asked.admin.id, note, alert.id))]
    if do.relearn:
        own.append(forgetting(alert.controller, alert.door))
    return Intent((), f"alert {alert.id} is acknowledged", own=tuple(own), entries=(entry,))


def alert_rule_set(do: AlertRuleSet, asked: Asked) -> Intent:
    """Set what is named of a rule."""
    if do.schedule is not None:
        the(asked, ScheduleRow, do.schedule)
    before = DEFAULTS[do.rule] if do.usual else rule_book(asked.connection).of(do.rule)
    named = {name: value for name in Settings.__dataclass_fields__ if (value := getattr(do, name)) is not None}
    settings = replace(before, **named)
    if do.rule is RuleName.OUT_OF_HOURS and settings.enabled and settings.schedule is None:
        raise Refused("needs-schedule", "say by --schedule when the site's hours are")
    told = " ".join(f"{name}={value}" for name, value in msgspec.to_builtins(settings).items() if value is not None)
    return _set(asked, f"{do.rule}: {told}", settings_statement(do.rule, settings))


def alert_distance_set(do: AlertDistanceSet, asked: Asked) -> Intent:
    """Set how far two doors or two zones are from each other."""
    if do.one == do.other:
        raise Refused("same-place", "a distance is between two places")
    for name in (do.one, do.other):
        _MUST_BE[do.place](asked, name)
    (held,) = asked.connection.execute("SELECT count(*) FROM alert_distances").fetchone()
    if do.seconds and held >= MOST_DISTANCES:
        raise Refused("too-many-distances", f"there are {held} distances: set those between zones, not doors")
    pair = (str(do.place), *sorted((do.one, do.other)))
    statement: Statement = (_SET_DISTANCE, (*pair, do.seconds)) if do.seconds else (_FORGET_DISTANCE, pair)
    return _set(asked, f"{do.place} {do.one} and {do.other}: {do.seconds} s", statement)


def alert_test(_: AlertTest, asked: Asked) -> Intent:
    """Raise an alert that means nothing."""
    severity = rule_book(asked.connection).of(RuleName.TEST).severity
    detail = f"a test by {asked.admin.id}"
    made = raising(asked.connection, Suspicion(RuleName.TEST, severity, asked.at, "", detail), at=asked.at)
    return Intent((), "a test alert is raised", own=(made.statement,), entries=(made.entry,))


def alerts_of(do: AlertsOf, asked: Asked) -> AlertsPage:
    """Return a page of alerts."""
    condition = "a.position < ? AND (? OR a.acknowledged_at IS NULL) AND substr(a.id, 1, length(?)) = ?"
    values = (do.before or 2**62, int(do.everything or bool(do.alert)), do.alert, do.alert)
    held = alerts_where(asked.connection, condition, values, most=_PAGE + 1)
    found = [with_fields(each, about=shortened(each.about)) for each in held]
    page = fitting(found[:_PAGE])
    return AlertsPage(tuple(page), page[-1].position if page and len(page) < len(found) else None)


def alert_rules(_: AlertRules, asked: Asked) -> RulesFound:
    """Return how all rules are set."""
    book = rule_book(asked.connection)
    rows = asked.connection.execute("SELECT place, one, other, seconds FROM alert_distances ORDER BY 1, 2, 3")
    return RulesFound(tuple(_rule(book, rule) for rule in RuleName), tuple(DistanceFound(*row) for row in rows))


def _rule(book: RuleBook, rule: RuleName) -> RuleFound:
    settings = book.of(rule)
    return RuleFound(
        rule=rule,
        enabled=settings.enabled,
        severity=settings.severity,
        count=settings.count,
        seconds=settings.seconds,
        quiet_seconds=settings.quiet_seconds,
        schedule=settings.schedule,
        is_usual=settings == DEFAULTS[rule],
    )


def _set(asked: Asked, told: str, statement: Statement) -> Intent:
    entry = Entry(RecordKind.ALERT_RULE, f"{told}, by {asked.admin.id}")
    return Intent((), told, own=(statement,), entries=(entry,))
