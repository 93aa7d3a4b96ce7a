"""Wrong PINs and duress as they arrive at the hub: who is called, by whatever else happens there."""

from typing import Any

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName, Severity
from doorctl.hub.alerts.outbox import Outbox
from doorctl.hub.alerts.watch import MOST_AN_HOUR
from doorctl.wire.alerts import AlertRuleSet
from tests.hub.alerts.watching import a_log, alerts_in, deliver, recorded, rules_of, turn, write
from tests.hub.builders import SITE, ASite, later
from tests.hub.logs import ALog, send

DURESS: dict[str, Any] = {"outcome": "granted", "reason": Reason.DURESS}
FORCED: dict[str, Any] = {"kind": RecordKind.FORCED_OPEN, "outcome": None, "subject": ""}


def take_all_in(site: ASite, log: ALog) -> None:
    """Let all records of a log arrive and be judged."""
    for first in range(0, len(log.leaves), 100):
        last = min(first + 100, len(log.leaves))
        assert send(site, log.batch(first, last), log.openings[first:last], at=later(10))
    for _ in range(3):
        turn(site)


def of_each_rule(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT rule, count(*) FROM alerts GROUP BY rule ORDER BY rule")


def test_duress_is_said_sent_kept_and_recorded_at_once(room: ASite) -> None:
    log = a_log(room)
    write(log, **DURESS)

    (alert,) = deliver(room, log)

    assert (alert.rule, alert.severity, alert.door, alert.about) == ("duress", "critical", "door-1", "holder:h1")
    assert (alert.at, alert.late, alert.detail) == (int(later(0).timestamp()), False, "send help")
    (found,) = alerts_in(room)
    assert (found.handle, [(place.log, place.seq) for place in found.records]) == ("ada", [("pi-1", 0)])
    assert recorded(room, RecordKind.ALERT_RAISED) == [f"alert {found.id}: duress, critical: send help"]
    outbox = Outbox(room.connection, room.hub.watch, site=SITE, ways=("web",), least=Severity.CRITICAL)
    outbox.fill(later(10))
    letter = outbox.next("web", later(10))
    assert letter is not None
    assert letter.alert == alert


def test_duress_is_never_quiet(room: ASite) -> None:
    log = a_log(room)
    for _ in range(3):
        write(log, at=0, **DURESS)

    assert rules_of(deliver(room, log)) == ["duress"] * 3


def test_duress_at_a_controller_that_was_away_is_told_late(room: ASite) -> None:
    log = a_log(room)
    write(log, **DURESS)

    (alert,) = deliver(room, log, seconds=86_400)

    assert (alert.rule, alert.late, alert.at) == ("duress", True, int(later(0).timestamp()))


def test_no_number_of_other_critical_alerts_hides_duress(room: ASite) -> None:
    log = a_log(room)
    for number in range(MOST_AN_HOUR + 5):
        write(log, at=0, door=f"door-{number}", **FORCED)
    write(log, at=1, **DURESS)

    take_all_in(room, log)

    assert of_each_rule(room) == [("duress", 1), ("flood", 1), ("forced-door", MOST_AN_HOUR)]
    assert room.rows("SELECT door, detail FROM alerts WHERE rule = 'duress'") == [("door-1", "send help")]


def test_duress_without_end_is_bounded_says_so_once_and_hides_no_forced_door(room: ASite) -> None:
    log = a_log(room)
    for _ in range(MOST_AN_HOUR + 20):
        write(log, at=0, **DURESS)
    write(log, at=1, **FORCED)

    take_all_in(room, log)

    assert of_each_rule(room) == [("duress", MOST_AN_HOUR + 1), ("forced-door", 1)]
    assert room.rows("SELECT detail FROM alerts WHERE records = '[]'") == [
        ("more than 60 alerts within an hour: more of them is passed over",)
    ]


@pytest.mark.parametrize(
    ("rule", "subject"),
    [("wrong-pins", "holder:h1"), ("wrong-pins-at-reader", ""), ("wrong-pins-at-reader", "holder:h1")],
)
def test_wrong_pins_call_somebody_whatever_else_denied_them(room: ASite, rule: str, subject: str) -> None:
    log = a_log(room)
    said = [
        *([(Reason.WRONG_PIN,)] * 2),
        *([(Reason.CREDENTIAL_LOST, Reason.WRONG_PIN)] * 2),
        (Reason.PIN_BLOCKED,),
    ]
    for number, reasons in enumerate(said):
        reader = "in" if rule == "wrong-pins-at-reader" else f"in-{number}"
        write(log, subject=subject, reader=reader, reason=reasons[0], reasons=reasons)

    found = {alert.rule: alert for alert in deliver(room, log)}[rule]

    assert (found.severity, found.door, found.records) == ("high", "door-1", 5)


def test_the_numbers_of_wrong_pins_are_those_that_are_set(room: ASite) -> None:
    for rule in (RuleName.WRONG_PINS_AT_READER, RuleName.WRONG_PINS):
        room.ask(AlertRuleSet(rule, count=2, seconds=1200))
    log = a_log(room)
    for at in (0, 1199):
        write(log, at=at, reader="in", reason=Reason.WRONG_PIN)

    assert sorted(rules_of(deliver(room, log, seconds=1199))) == ["wrong-pins", "wrong-pins-at-reader"]
