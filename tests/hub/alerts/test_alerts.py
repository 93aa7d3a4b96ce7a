"""What admins do about alerts: look, acknowledge, set the rules, try them out."""

from typing import Any

import pytest

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName, Severity
from doorctl.wire.alerts import (
    AlertAcknowledge,
    AlertDistanceSet,
    AlertRules,
    AlertRuleSet,
    AlertsOf,
    AlertsPage,
    AlertTest,
    Place,
    RulesFound,
)
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from tests.hub.alerts.watching import a_private_note, alerts_in, deliver, five_denials, recorded, turn
from tests.hub.builders import ASite


def test_out_of_hours_takes_a_schedule(room: ASite) -> None:
    answer = room.ask(AlertRuleSet(RuleName.OUT_OF_HOURS, enabled=True))

    assert answer.reason == "needs-schedule"


def test_a_rule_that_is_off_raises_nothing(room: ASite) -> None:
    answer = room.ask(AlertRuleSet(RuleName.DENIALS_AT_DOOR, enabled=False))

    assert (answer.verdict, deliver(room, five_denials(room))) == ("done", [])
    assert recorded(room, RecordKind.ALERT_RULE) == [
        "denials-at-door: enabled=False severity=medium count=5 seconds=60.0 quiet_seconds=600.0, by grace"
    ]


def test_a_rule_keeps_what_is_not_named_and_goes_back_to_what_is_usual(room: ASite) -> None:
    def rule() -> tuple[int, str, bool]:
        rules = room.ask_for(AlertRules(), RulesFound).rules
        found = next(each for each in rules if each.rule == RuleName.DENIALS_AT_DOOR)
        return found.count, found.severity, found.is_usual

    room.ask(AlertRuleSet(RuleName.DENIALS_AT_DOOR, count=3))
    room.ask(AlertRuleSet(RuleName.DENIALS_AT_DOOR, severity=Severity.LOW))
    changed = rule()
    room.ask(AlertRuleSet(RuleName.DENIALS_AT_DOOR, usual=True))

    assert (changed, rule()) == ((3, "low", False), (5, "medium", True))


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (AlertDistanceSet(Place.DOOR, "door-1", "door-1", 5), "same-place"),
        (AlertDistanceSet(Place.DOOR, "door-1", "door-9", 5), "unknown-door"),
        (AlertDistanceSet(Place.ZONE, "door-1", "vault", 5), "unknown-zone"),
        (AlertRuleSet(RuleName.OUT_OF_HOURS, schedule="office"), "unknown-schedule"),
        (AlertAcknowledge("0" * 12), "unknown-alert"),
    ],
)
def test_what_cannot_be_set_is_refused(room: ASite, do: Any, reason: str) -> None:  # noqa: ANN401
    assert room.ask(do).reason == reason


def test_a_distance_of_nothing_is_forgotten(room: ASite) -> None:
    for seconds in (60, 0):
        room.ask(AlertDistanceSet(Place.DOOR, "vault-door", "door-1", seconds))

    assert room.ask_for(AlertRules(), RulesFound).distances == ()


def test_an_alert_is_acknowledged_once_by_name_and_said(room: ASite) -> None:
    (alert,) = deliver(room, five_denials(room))

    answer = room.ask(AlertAcknowledge(alert.id), a_private_note("looked at the camera"))
    again = room.ask(AlertAcknowledge(alert.id), admin=room.alan)

    assert (answer.verdict, again.reason) == ("done", "alert-acknowledged")
    assert [(each.id, each.state) for each in turn(room)] == [(alert.id, "acknowledged")]
    assert alerts_in(room) == ()
    (found,) = alerts_in(room, everything=True)
    assert (found.acknowledged_by, found.note) == ("grace", "looked at the camera")
    assert recorded(room, RecordKind.ALERT_ACKNOWLEDGED) == [f"alert {alert.id} by grace"]
    assert room.ask_for(StatusOf(), SiteStatus).open_alerts == 0


def test_a_note_has_its_length(room: ASite) -> None:
    (alert,) = deliver(room, five_denials(room))

    assert room.ask(AlertAcknowledge(alert.id), a_private_note("x" * 501)).reason == "note-too-long"


def test_a_clerk_may_look_and_not_acknowledge(room: ASite) -> None:
    clerk = room.hire("clara", "clerk")
    (alert,) = deliver(room, five_denials(room))

    assert room.ask(AlertAcknowledge(alert.id), admin=clerk).reason == "not-allowed"
    assert room.ask(AlertRuleSet(RuleName.FLOOD, enabled=False), admin=clerk).reason == "not-allowed"
    assert len(room.ask_for(AlertsOf(), AlertsPage, admin=clerk).alerts) == 1


def test_a_test_goes_all_the_way(room: ASite) -> None:
    answer = room.ask(AlertTest())

    assert answer.verdict == "done"
    assert [(each.rule, each.detail) for each in turn(room)] == [("test", "a test by grace")]


def test_pages_of_alerts_follow_each_other(room: ASite) -> None:
    for _ in range(105):
        room.ask(AlertTest())

    page = room.ask_for(AlertsOf(), AlertsPage)
    rest = room.ask_for(AlertsOf(before=page.after or 0), AlertsPage)

    assert (len(page.alerts), len(rest.alerts), rest.after) == (100, 5, None)
    assert alerts_in(room, alert=page.alerts[3].id[:12]) == (page.alerts[3],)
