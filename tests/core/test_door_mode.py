"""Which mode a door is in: by command, by the clock, as usual; what depends on the time, and who it keeps out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Schedule
from doorctl.core.modes import COMMANDED, NOT_UNDERSTOOD, OPENING, DoorModes, Mode, Override
from doorctl.core.reasons import Reason
from doorctl.core.request import NO_POLICY, Facts
from doorctl.core.returning import ends_at
from doorctl.core.rules.door_mode import CLOCK, ModeNow, mode_at, window_ends_at
from doorctl.core.rules.threat import ThreatStep, at_threat
from tests.core.builders import (
    ADAS_GRANT,
    FLOOR_3,
    FRONT,
    NOON,
    WITH_GRACE,
    a_request,
    a_schedule,
    a_window,
    facts,
)

HOUR = timedelta(hours=1)
DAY = a_schedule(a_window("07:00", "19:00"))
NIGHT = Schedule("night", (a_window("19:00", "07:00"),))
BY_DAY = DoorModes(Mode.CARD, (("office", Mode.UNLOCKED),))
LOCKED_BY_NIGHT = DoorModes(Mode.CARD, (("night", Mode.LOCKED), ("office", Mode.UNLOCKED)))
LONG_AFTER_BOOT = FLOOR_3.grace_after_boot_seconds + 1


def known(modes: DoorModes, **about: object) -> Facts:
    """Make what is known at a door of these modes, where Ada has a grant."""
    given = facts(ADAS_GRANT, door=replace(FRONT, modes=modes), schedules=(DAY, NIGHT))
    return replace(given, **about)  # type: ignore[arg-type]


def mode(modes: DoorModes, *, hours: int = 0, **about: object) -> Mode:
    return mode_at(a_request(NOON + hours * HOUR), known(modes, **about)).mode


def test_a_door_of_which_nobody_has_said_anything_is_opened_by_cards() -> None:
    assert mode_at(a_request(), facts()) == ModeNow(Mode.CARD)


def test_the_first_of_its_times_whose_schedule_is_open_says_the_mode() -> None:
    both = DoorModes(Mode.LOCKED, (("night", Mode.CARD), ("office", Mode.UNLOCKED), ("office", Mode.OFFICE)))

    assert mode_at(a_request(), known(both)) == ModeNow(Mode.UNLOCKED, "schedule:office")
    assert mode_at(a_request(NOON + 7 * HOUR), known(both)) == ModeNow(Mode.CARD, "schedule:night")


@pytest.mark.parametrize(("hours", "expected"), [(6, Mode.UNLOCKED), (7, Mode.CARD)])
def test_outside_of_them_it_is_the_usual_one(hours: int, expected: Mode) -> None:
    assert mode(BY_DAY, hours=hours) is expected


@pytest.mark.parametrize("commanded", sorted(COMMANDED))
def test_a_command_counts_before_all_others_until_its_time_and_not_at_it(commanded: Mode) -> None:
    until = replace(BY_DAY, override=Override(commanded, NOON + HOUR))
    for_ever = replace(BY_DAY, override=Override(commanded))

    assert mode_at(a_request(NOON + HOUR - timedelta(seconds=1)), known(until)) == ModeNow(commanded, "command")
    assert mode(until, hours=1) is Mode.UNLOCKED
    assert mode(for_ever, hours=10_000) is commanded


@pytest.mark.parametrize(
    "about",
    [
        {"clock_trusted": False},
        {"clock_trusted": False, "boot_seconds": LONG_AFTER_BOOT},
        {"schedules": {}},
        {"schedules": {"night": NIGHT}},
    ],
)
def test_whoever_cannot_tell_the_time_unlocks_nothing_by_it_and_locks_what_it_might_lock(
    about: dict[str, object],
) -> None:
    assert mode_at(a_request(), known(BY_DAY, **about)) == ModeNow(Mode.CARD, CLOCK)
    assert mode_at(a_request(), known(LOCKED_BY_NIGHT, **about)) == ModeNow(Mode.LOCKED, CLOCK)


def test_soon_after_a_boot_the_clock_counts_as_it_does_for_grants() -> None:
    assert mode(BY_DAY, clock_trusted=False, boot_seconds=60.0) is Mode.UNLOCKED


def test_a_command_that_ends_opens_nothing_where_nobody_knows_the_time_and_one_that_locks_stands() -> None:
    unlocked, locked = (DoorModes(override=Override(each, NOON + HOUR)) for each in (Mode.UNLOCKED, Mode.LOCKED))

    assert mode(unlocked, clock_trusted=False) is Mode.CARD
    assert mode(locked, hours=2, clock_trusted=False) is Mode.LOCKED


def test_a_mode_that_does_not_depend_on_the_time_needs_no_clock() -> None:
    assert mode(DoorModes(Mode.UNLOCKED), clock_trusted=False) is Mode.UNLOCKED


@pytest.mark.parametrize("opening", sorted(OPENING))
@pytest.mark.parametrize(
    ("about", "by"),
    [
        ({"zone": replace(FLOOR_3, strict=True)}, "strict"),
        ({"locked_down": True}, "lockdown"),
        ({"needs_upgrade": True}, "needs_upgrade"),
        ({"zone": replace(FLOOR_3, max_age_seconds=60), "policy_age_seconds": 61}, "stale_policy"),
        ({"policy_known": False}, "no_policy"),
    ],
)
def test_what_keeps_a_door_shut_lets_no_mode_unlock_it(opening: Mode, about: dict[str, object], by: str) -> None:
    for modes in (DoorModes(opening), DoorModes(times=(("office", opening),)), DoorModes(override=Override(opening))):
        assert mode_at(a_request(), known(modes, **about)) == ModeNow(Mode.CARD, by)


def test_a_door_that_is_strict_by_its_own_configuration_is_left_unlocked_by_nothing() -> None:
    asked = a_request(strict_zone="floor-3")

    assert mode_at(asked, known(DoorModes(Mode.UNLOCKED))).mode is Mode.CARD


def test_without_a_policy_the_mode_is_card() -> None:
    assert mode_at(a_request(), NO_POLICY).mode is Mode.CARD


@pytest.mark.parametrize("modes", [DoorModes(Mode.LOCKED), DoorModes(override=Override(Mode.LOCKED)), NOT_UNDERSTOOD])
def test_a_locked_door_denies_every_card_with_a_reason_of_its_own(modes: DoorModes) -> None:
    assert decide(a_request(), known(modes)).reasons == (Reason.DOOR_LOCKED,)


def test_two_who_break_the_glass_open_a_locked_door() -> None:
    zone = replace(FLOOR_3, max_age_seconds=60, break_glass="guards")
    stale = known(DoorModes(Mode.LOCKED), zone=zone, policy_age_seconds=None, may_break_glass=True)

    assert decide(a_request(companions=WITH_GRACE), stale).reason is Reason.BREAK_GLASS


@pytest.mark.parametrize("left_open", sorted(OPENING))
def test_a_card_is_decided_by_the_same_rules_at_a_door_that_is_unlocked(left_open: Mode) -> None:
    unlocked = known(DoorModes(left_open))

    assert decide(a_request(), unlocked).is_granted
    assert decide(a_request(), replace(unlocked, grants=())).reason is Reason.NO_GRANT


@pytest.mark.parametrize(
    ("modes", "hours", "ends_after"),
    [
        (LOCKED_BY_NIGHT, 8, 19),
        (DoorModes(Mode.LOCKED, (("office", Mode.CARD),)), 8, 19),
        (DoorModes(override=Override(Mode.LOCKED, NOON + 3 * HOUR)), 0, 3),
        (replace(LOCKED_BY_NIGHT, override=Override(Mode.LOCKED, NOON + 8 * HOUR)), 0, 19),
        (DoorModes(Mode.LOCKED), 0, None),
        (DoorModes(Mode.LOCKED, (("office", Mode.LOCKED),)), 0, None),
        (DoorModes(Mode.LOCKED, (("lost", Mode.CARD), ("office", Mode.CARD))), 8, None),
        (DoorModes(override=Override(Mode.LOCKED)), 0, None),
    ],
)
def test_it_is_told_when_a_door_is_locked_no_longer(modes: DoorModes, hours: int, ends_after: int | None) -> None:
    ends = ends_at(Reason.DOOR_LOCKED, a_request(NOON + hours * HOUR), known(modes))

    assert ends == (None if ends_after is None else NOON + ends_after * HOUR)


def test_a_window_ends_when_its_schedule_closes() -> None:
    by_day, asked = known(BY_DAY), a_request()

    assert window_ends_at(mode_at(asked, by_day), asked, by_day, within_days=8) == NOON + 7 * HOUR
    assert window_ends_at(ModeNow(Mode.OFFICE), asked, by_day, within_days=8) is None


@pytest.mark.parametrize("opening", sorted(OPENING))
def test_no_door_is_left_unlocked_while_its_zone_asks_for_more_by_the_threat_level(opening: Mode) -> None:
    steps = (ThreatStep(1, clearance=1), ThreatStep(3, clearance=2))
    modes = DoorModes(opening)
    found = [mode_at(a_request(), known(modes, zone=at_threat(FLOOR_3, steps, level))) for level in (1, 2, 3, 4)]

    assert found == [ModeNow(opening), ModeNow(opening), ModeNow(Mode.CARD, "threat"), ModeNow(Mode.CARD, "threat")]


def test_a_door_that_is_locked_stays_so_whatever_the_threat_level() -> None:
    raised = at_threat(FLOOR_3, (ThreatStep(2, clearance=1),), 5)

    assert mode_at(a_request(), known(DoorModes(Mode.LOCKED), zone=raised)).mode is Mode.LOCKED
