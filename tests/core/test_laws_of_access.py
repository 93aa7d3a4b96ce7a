"""Laws of who may pass: more grants never take away, what is over never opens, a lockdown lets nobody in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from doorctl.core.areas import Way
from doorctl.core.model import Credential, Factor, Holder, RosterLine, Status
from doorctl.core.reasons import Reason
from doorctl.core.request import Companion
from tests.core.builders import ADAS_GRANT, KEY, WITH_GRACE
from tests.core.law_cases import SO_MANY, Case, cases, entries
from tests.core.law_values import HOUR, TICK, TIMEZONES, a_grant, a_line

DAY = timedelta(days=1)
SINCE = (0 * TICK, TICK, HOUR / 2, HOUR, DAY, 366 * DAY, 3000 * DAY)
"""How long something has been over."""
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)
Bounded = Callable[[Case, datetime | None, datetime | None], Case]

BOUNDED: dict[str, Bounded] = {
    "card": lambda case, begin, end: case.known(credential=Credential(KEY, "ada", Status.ACTIVE, begin, end)),
    "holder": lambda case, begin, end: case.known(holder=Holder("ada", Status.ACTIVE, begin, end)),
    "grants": lambda case, begin, end: case.known(
        may_break_glass=False,
        grants=tuple(replace(grant, valid_from=begin, valid_until=end) for grant in case.facts.grants),
    ),
}


def with_any_clock(case: Case) -> tuple[Case, Case]:
    """Give the case, and the same where nothing confirms the clock."""
    return case, case.known(clock_trusted=False, boot_seconds=None)


@SO_MANY
def test_a_grant_more_never_takes_access_away(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        for case in with_any_clock(any_case):
            grants = list(case.facts.grants)
            grants.insert(chance.randint(0, len(grants)), a_grant(chance, case.request.at))

            assert case.known(grants=tuple(grants)).is_granted or not case.is_granted, case


@SO_MANY
def test_a_grant_less_never_gives_access(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        for case in with_any_clock(any_case):
            for gone in range(len(case.facts.grants)):
                grants = case.facts.grants[:gone] + case.facts.grants[gone + 1 :]

                assert case.is_granted or not case.known(grants=grants).is_granted, case


@SO_MANY
def test_a_line_of_the_roster_more_never_takes_access_away_and_one_less_never_gives_it(
    number: int, chance: Random
) -> None:
    for any_case in cases(chance, number):
        for case in with_any_clock(any_case.asked(strict_zone="floor-3")):
            lines = case.facts.roster or ()
            more = case.known(roster=(*lines, a_line(chance, case.request.at)))
            fewer = case.known(roster=lines[1:])

            assert more.is_granted or not case.is_granted, case
            assert case.is_granted or not fewer.is_granted, case


@pytest.mark.parametrize("what", BOUNDED)
@SO_MANY
def test_what_is_over_never_opens_and_until_its_end_it_takes_nothing_away(
    number: int, what: str, chance: Random
) -> None:
    for case in (entries if what == "grants" else cases)(chance, number):
        at, here, there = case.request.at, chance.choice(TIMEZONES), chance.choice(TIMEZONES)
        asked = case.asked(at=at.astimezone(here)).known(clock_trusted=True)
        over = BOUNDED[what](asked, None, (at - chance.choice(SINCE)).astimezone(there))
        begun = BOUNDED[what](asked, at.astimezone(there), (at + TICK).astimezone(there))

        assert not over.is_granted, case
        assert begun.decision.reasons == BOUNDED[what](asked, None, None).decision.reasons, case


@pytest.mark.parametrize("what", BOUNDED)
@SO_MANY
def test_what_has_not_begun_never_opens(number: int, what: str, chance: Random) -> None:
    for case in (entries if what == "grants" else cases)(chance, number):
        begin = case.request.at + TICK + chance.choice(SINCE)
        written = begin.astimezone(chance.choice(TIMEZONES))

        assert not BOUNDED[what](case.asked(at=case.request.at.astimezone(written.tzinfo)), written, None).is_granted


@SO_MANY
def test_a_line_of_the_roster_that_is_over_never_opens(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        at, timezone = case.request.at, chance.choice(TIMEZONES)
        line = RosterLine(None, (at - chance.choice(SINCE)).astimezone(timezone), timezone)
        over = case.asked(at=at.astimezone(timezone), strict_zone="floor-3").known(roster=(line, line))

        assert not over.is_granted, case


@SO_MANY
def test_what_is_not_active_never_opens(number: int, chance: Random) -> None:
    retired: Status = "retired"  # type: ignore[assignment]
    for case in cases(chance, number):
        status = chance.choice((Status.SUSPENDED, Status.LOST, retired))

        assert not case.known(credential=Credential(KEY, "ada", status)).is_granted, case
        assert not case.known(holder=Holder("ada", status)).is_granted, case


@SO_MANY
def test_a_clock_that_does_not_count_opens_nothing_that_depends_on_it(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        timed = (replace(ADAS_GRANT, valid_until=FAR_AHEAD), replace(ADAS_GRANT, schedule="always"))
        unconfirmed = case.known(clock_trusted=False, boot_seconds=None)
        on_roster = case.known(clock_trusted=False, boot_seconds=1, roster=(RosterLine(until=FAR_AHEAD),))
        by_schedule = unconfirmed.in_zone(factor=Factor.PIN, factor_times=(("always", Factor.CARD),))

        assert not unconfirmed.known(grants=timed, may_break_glass=False).is_granted, case
        assert not on_roster.asked(strict_zone="floor-3").is_granted, case
        assert not by_schedule.asked(pins=None).is_granted, case
        assert not by_schedule.asked(pin_alone=True).is_granted, case


@SO_MANY
def test_a_lockdown_lets_in_nobody_but_who_breaks_the_glass(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        glass = case.in_zone(max_age_seconds=60).known(may_break_glass=True, policy_age_seconds=None)
        with_grace = glass.asked(companions=WITH_GRACE)
        nobody_breaks = case.known(may_break_glass=False, locked_down=True).decision

        assert not nobody_breaks.is_granted, case
        assert Reason.LOCKDOWN in nobody_breaks.reasons, case
        if case.facts.zone is not None:
            assert with_grace.known(locked_down=True).decision == with_grace.known(locked_down=False).decision, case


@SO_MANY
def test_nothing_that_shuts_people_out_keeps_anybody_in(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        free = case.asked(way=Way.OUT, egress_is_wired=False, pin_alone=False)
        shut = free.known(
            locked_down=True,
            needs_upgrade=True,
            policy_age_seconds=None,
            policy_forked=True,
            disk_almost_full=True,
            interlocked=True,
            clock_trusted=False,
            boot_seconds=None,
            inside=None,
        ).in_zone(strict=True, max_age_seconds=60)

        assert shut.is_granted is free.known(interlocked=False).is_granted, case


@SO_MANY
def test_the_glass_is_broken_by_two_and_only_while_the_policy_is_too_old(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        stale = case.in_zone(max_age_seconds=60).known(may_break_glass=True, policy_age_seconds=None)
        fresh = case.known(policy_age_seconds=60)
        holder = "nobody" if case.facts.holder is None else case.facts.holder.id

        assert not stale.asked(companions=()).is_granted or case.facts.zone is None, case
        assert not stale.asked(companions=(Companion(holder, breaks_glass=True),)).is_granted, case
        assert fresh.known(may_break_glass=True).decision == fresh.known(may_break_glass=False).decision, case
