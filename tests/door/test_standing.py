"""How old the policy is and how far the clock is believed: only an answer to our own question counts."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.clock import ClockQuality, WallClock
from doorctl.core.decision import decide
from doorctl.core.model import Zone
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from doorctl.door.policy.standing import Standing
from doorctl.wire.bell import Confirmed
from tests.core import builders

A_YEAR = 365 * 24 * 3600
NOW = 1_800_000_000
MINUTE, HOUR = 60.0, 3600.0


class HandSet:
    """A standing whose clocks are in the test's hand."""

    def __init__(self) -> None:
        self.boot = 100.0
        self.wall = WallClock(system=lambda: NOW + self.boot, counter=lambda: self.boot)
        self.standing = Standing(self.wall, counter=lambda: self.boot)

    def confirm(self, *, age: float = 0.0, hub_ahead: float = 0.0) -> None:
        self.standing.confirm(Confirmed(self.boot - age, int(NOW + self.boot + hub_ahead)))

    def age(self) -> float | None:
        return self.standing.add_to(builders.facts()).policy_age_seconds

    def decide_in(self, zone: Zone) -> Reason:
        known: Facts = self.standing.add_to(builders.facts(builders.ADAS_GRANT, zone=zone))
        return decide(builders.a_request(), known).reason


@pytest.fixture
def door() -> HandSet:
    return HandSet()


SERVER_ROOM = replace(builders.FLOOR_3, max_age_seconds=15 * MINUTE)
OFFICE = replace(builders.FLOOR_3, max_age_seconds=24 * HOUR)


def test_before_the_hub_has_answered_the_age_is_unknown(door: HandSet) -> None:
    assert door.age() is None
    assert door.decide_in(OFFICE) is Reason.STALE_POLICY


def test_the_server_room_denies_at_15_minutes_and_the_office_at_24_hours(door: HandSet) -> None:
    door.confirm()
    decided = {}
    for seconds in (15 * MINUTE, 15 * MINUTE + 1, 24 * HOUR, 24 * HOUR + 1):
        door.boot = 100.0 + seconds
        decided[seconds] = [door.decide_in(zone) for zone in (SERVER_ROOM, OFFICE)]

    assert list(decided.values()) == [
        [Reason.GRANTED, Reason.GRANTED],
        [Reason.STALE_POLICY, Reason.GRANTED],
        [Reason.STALE_POLICY, Reason.GRANTED],
        [Reason.STALE_POLICY, Reason.STALE_POLICY],
    ]


def test_when_the_server_room_denies_two_who_may_break_its_glass_open_it_together_and_one_alone_does_not(
    door: HandSet,
) -> None:
    door.confirm()
    door.boot = 100.0 + 15 * MINUTE + 1
    known = door.standing.add_to(builders.facts(builders.ADAS_GRANT, zone=SERVER_ROOM, may_break_glass=True))

    decided = [decide(builders.a_request(companions=company), known) for company in (builders.WITH_GRACE, ())]

    assert [decision.reason for decision in decided] == [Reason.BREAK_GLASS, Reason.BREAK_GLASS_AWAITS_SECOND]
    assert [decision.is_granted for decision in decided] == [True, False]


def test_the_age_counts_from_the_question_not_from_its_answer(door: HandSet) -> None:
    door.confirm(age=40)

    assert door.age() == 40


@pytest.mark.parametrize("age", [50.0, -1.0])
def test_an_answer_to_an_earlier_question_or_to_one_in_the_future_says_nothing(door: HandSet, age: float) -> None:
    door.confirm(age=40)
    door.confirm(age=age, hub_ahead=-A_YEAR)

    assert door.age() == 40
    assert door.standing.clock is ClockQuality.CONFIRMED


def test_an_answer_confirms_the_clock(door: HandSet) -> None:
    before = door.standing.add_to(builders.facts()).clock_trusted
    door.confirm(hub_ahead=299)

    assert (before, door.standing.add_to(builders.facts()).clock_trusted) == (False, True)


def test_a_far_future_answer_neither_sets_nor_confirms_the_clock_and_the_next_one_does(door: HandSet) -> None:
    door.confirm(hub_ahead=10 * A_YEAR)
    during = door.standing.add_to(builders.facts()).clock_trusted
    door.confirm()

    assert (during, door.standing.add_to(builders.facts()).clock_trusted) == (False, True)
    assert door.wall.now().timestamp() == pytest.approx(NOW + 100, abs=0.01)


def test_a_fork_is_known_until_the_hub_confirms_our_history(door: HandSet) -> None:
    door.standing.fork()
    during = door.standing.add_to(builders.facts()).policy_forked
    door.confirm()

    assert (during, door.standing.add_to(builders.facts()).policy_forked) == (True, False)


def test_a_mark_on_disk_is_a_fork_from_the_start_whatever_is_confirmed_until_it_is_gone(tmp_path: Path) -> None:
    mark = tmp_path / "policy.forked"
    mark.touch()
    standing = Standing(WallClock(), fork_mark=mark, counter=lambda: 100.0)
    standing.confirm(Confirmed(100.0, NOW))
    during = standing.add_to(builders.facts()).policy_forked
    mark.unlink()
    standing.look_for_fork_mark()

    assert (during, standing.add_to(builders.facts()).policy_forked) == (True, False)


def test_a_mark_that_cannot_be_looked_for_is_a_fork(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    standing = Standing(WallClock(), fork_mark=tmp_path / ("m" * 300))

    assert standing.add_to(builders.facts()).policy_forked


def test_the_time_since_the_boot_is_told(door: HandSet) -> None:
    assert door.standing.add_to(builders.facts()).boot_seconds == 100


@pytest.mark.parametrize("is_almost_full", [False, True])
def test_a_disk_that_is_almost_full_is_known(is_almost_full: bool) -> None:
    standing = Standing(WallClock(), is_disk_almost_full=lambda: is_almost_full)

    assert standing.add_to(builders.facts()).disk_almost_full is is_almost_full
