"""Strict doors: only the roster's lines, only into their own zone, only with one history and a clock that counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Door, RosterLine, Zone
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from tests.core.builders import ADAS_GRANT, FLOOR_3, NOON, a_request, a_schedule, a_window, facts

AT_A_STRICT_DOOR = a_request(strict_zone="floor-3")
ON_ROSTER = facts(ADAS_GRANT, roster=(RosterLine(),))
MORNING = a_schedule(a_window("08:00", "12:00"))
AFTERNOON = a_schedule(a_window("12:00", "18:00"))
BEFORE_NOON = RosterLine(schedule=MORNING)


def reason(known: Facts, request: AccessRequest = AT_A_STRICT_DOOR) -> Reason:
    return decide(request, known).reason


def test_a_line_of_the_roster_and_a_grant_open_a_strict_door() -> None:
    assert reason(ON_ROSTER) is Reason.GRANTED


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (replace(ON_ROSTER, roster=None), Reason.NO_ROSTER),
        (replace(ON_ROSTER, roster=()), Reason.NOT_ON_ROSTER),
        (replace(ON_ROSTER, roster=(RosterLine(until=NOON),)), Reason.ROSTER_EXPIRED),
        (replace(ON_ROSTER, roster=(BEFORE_NOON,)), Reason.ROSTER_OUTSIDE_SCHEDULE),
        (facts(ADAS_GRANT, roster=(BEFORE_NOON,), schedules=[AFTERNOON]), Reason.ROSTER_OUTSIDE_SCHEDULE),
        (replace(ON_ROSTER, roster=(RosterLine(until=NOON), BEFORE_NOON)), Reason.ROSTER_OUTSIDE_SCHEDULE),
        (replace(ON_ROSTER, grants=()), Reason.NO_GRANT),
        (replace(ON_ROSTER, policy_forked=True), Reason.POLICY_FORK),
        (replace(ON_ROSTER, disk_almost_full=True), Reason.DISK_ALMOST_FULL),
    ],
)
def test_without_a_line_that_admits_and_all_the_rest_a_strict_door_denies(known: Facts, expected: Reason) -> None:
    assert reason(known) is expected


def test_a_door_that_the_policy_leads_elsewhere_is_not_the_strict_door_it_was() -> None:
    moved = replace(ON_ROSTER, door=Door("front", "lobby"), zone=Zone("lobby"), grants=())

    assert reason(moved) is Reason.NOT_THE_STRICT_ZONE


def test_a_door_that_the_policy_does_not_know_is_unknown_before_all_else() -> None:
    assert reason(replace(ON_ROSTER, door=None)) is Reason.UNKNOWN_DOOR


def test_a_zone_that_the_policy_calls_strict_asks_for_a_roster_at_any_door() -> None:
    strict = replace(FLOOR_3, strict=True)

    assert reason(facts(ADAS_GRANT, zone=strict), a_request()) is Reason.NO_ROSTER
    assert reason(facts(ADAS_GRANT, zone=strict, roster=(RosterLine(),)), a_request()) is Reason.GRANTED


def test_a_line_counts_until_its_end_and_within_its_schedule() -> None:
    line = RosterLine(AFTERNOON, NOON + timedelta(seconds=1))

    assert reason(facts(ADAS_GRANT, roster=(line,))) is Reason.GRANTED


def test_one_line_that_admits_is_enough() -> None:
    assert reason(facts(ADAS_GRANT, roster=(RosterLine(until=NOON), RosterLine()))) is Reason.GRANTED


def test_an_ordinary_door_asks_for_no_roster_and_heeds_no_fork() -> None:
    assert reason(facts(ADAS_GRANT), a_request()) is Reason.GRANTED
    assert reason(replace(facts(ADAS_GRANT), policy_forked=True), a_request()) is Reason.GRANTED
    assert reason(replace(facts(ADAS_GRANT), disk_almost_full=True), a_request()) is Reason.GRANTED


@pytest.mark.parametrize("line", [RosterLine(AFTERNOON), RosterLine(until=NOON + timedelta(days=1))])
def test_a_line_that_depends_on_the_time_takes_a_trusted_clock_at_once(line: RosterLine) -> None:
    known = facts(ADAS_GRANT, roster=(line,), clock_trusted=False, boot_seconds=1)

    assert reason(known) is Reason.CLOCK_UNTRUSTED
    assert reason(replace(known, roster=(RosterLine(), line))) is Reason.GRANTED
