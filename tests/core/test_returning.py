"""When somebody who is denied would be let in, if nothing but the time changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.core.decision import decide
from doorctl.core.model import Factor, Grant, RosterLine, Status
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from doorctl.core.returning import comes_in_at, ends_at
from tests.core.builders import (
    ADA,
    ADAS_CARD,
    ADAS_GRANT,
    ADAS_PIN,
    FLOOR_3,
    NOON,
    WORKDAYS,
    a_request,
    a_schedule,
    a_window,
)
from tests.core.builders import facts as facts_of

OFFICE = a_schedule(a_window("07:00", "11:00", WORKDAYS))
TOMORROW_MORNING = datetime(2026, 6, 4, 7, tzinfo=UTC)
IN_HOURS = replace(ADAS_GRANT, schedule="office")
HOUR = timedelta(hours=1)
FLOOR_3_BY_DAY = replace(
    FLOOR_3, factor=Factor.CARD_AND_PIN, factor_times=(("lunch", Factor.PIN), ("office", Factor.CARD))
)


def comes(facts: Facts) -> datetime | None:
    return comes_in_at(a_request(), facts)


def test_whoever_is_let_in_now_comes_in_now() -> None:
    assert comes(facts_of(ADAS_GRANT)) == NOON


@pytest.mark.parametrize(
    ("grants", "moment"),
    [
        ((IN_HOURS,), TOMORROW_MORNING),
        ((replace(ADAS_GRANT, valid_from=NOON + HOUR),), NOON + HOUR),
        ((IN_HOURS, replace(ADAS_GRANT, valid_from=NOON + HOUR)), NOON + HOUR),
        ((replace(IN_HOURS, valid_from=TOMORROW_MORNING + HOUR),), TOMORROW_MORNING + HOUR),
        ((replace(IN_HOURS, valid_until=TOMORROW_MORNING),), None),
        ((replace(ADAS_GRANT, schedule="lost"),), None),
        ((replace(ADAS_GRANT, schedule="lost"), replace(ADAS_GRANT, valid_from=NOON + HOUR)), NOON + HOUR),
        ((replace(ADAS_GRANT, valid_until=NOON),), None),
        ((), None),
    ],
    ids=["opens", "begins", "first", "both", "over-before", "unknown", "another-than-unknown", "expired", "none"],
)
def test_the_first_grant_to_open_says_when(grants: tuple[Grant, ...], moment: datetime | None) -> None:
    assert comes(facts_of(*grants, schedules=(OFFICE,))) == moment


def test_all_that_denies_must_have_ended() -> None:
    starts_at_night = replace(ADA, valid_from=NOON + 12 * HOUR)
    starts_on_friday = replace(ADAS_CARD, valid_from=NOON + 36 * HOUR)
    facts = facts_of(IN_HOURS, schedules=(OFFICE,))

    assert comes(replace(facts, holder=starts_at_night)) == TOMORROW_MORNING
    assert comes(replace(facts, holder=starts_at_night, credential=starts_on_friday)) == datetime(
        2026, 6, 5, 7, tzinfo=UTC
    )


def test_what_does_not_end_by_itself_has_no_end() -> None:
    facts = facts_of(IN_HOURS, schedules=(OFFICE,))

    assert comes(replace(facts, credential=replace(ADAS_CARD, status=Status.LOST))) is None
    assert comes(replace(facts, locked_down=True)) is None
    assert ends_at(Reason.LOCKDOWN, a_request(), facts) is None


def test_a_roster_that_opens_later_says_when() -> None:
    strict = facts_of(ADAS_GRANT, zone=replace(FLOOR_3, strict=True))

    assert comes(replace(strict, roster=(RosterLine(OFFICE), RosterLine(until=NOON)))) == TOMORROW_MORNING
    assert comes(replace(strict, roster=(RosterLine(OFFICE, until=TOMORROW_MORNING),))) is None
    assert comes(replace(strict, roster=())) is None


def test_a_grant_and_a_roster_that_are_never_open_together_let_nobody_in() -> None:
    afternoon = RosterLine(a_schedule(a_window("14:00", "15:00")))
    strict = facts_of(IN_HOURS, zone=replace(FLOOR_3, strict=True), roster=(afternoon,), schedules=(OFFICE,))

    assert comes(strict) is None


def test_company_that_is_still_to_come_keeps_nobody_away() -> None:
    assert comes(facts_of(ADAS_GRANT, zone=replace(FLOOR_3, persons=2))) == NOON


def test_a_pin_that_is_still_to_be_entered_keeps_nobody_away() -> None:
    zone = replace(FLOOR_3, factor=Factor.CARD_AND_PIN)

    assert comes(facts_of(IN_HOURS, zone=zone, pin=ADAS_PIN, schedules=(OFFICE,))) == TOMORROW_MORNING
    assert comes(facts_of(IN_HOURS, zone=zone, schedules=(OFFICE,))) is None


def test_whoever_has_no_pin_comes_in_when_the_zone_asks_for_the_card_alone() -> None:
    at_lunch = replace(a_schedule(a_window("11:00", "13:00")), id="lunch")
    by_day = FLOOR_3_BY_DAY
    facts = facts_of(ADAS_GRANT, zone=by_day, schedules=(OFFICE, at_lunch))

    assert ends_at(Reason.NO_PIN, a_request(), facts) == comes(facts) == TOMORROW_MORNING
    assert comes(replace(facts, schedules={"office": OFFICE})) is None
    assert comes(replace(facts, zone=replace(by_day, factor_times=(("lunch", Factor.PIN),)))) is None


moments = st.none() | st.integers(-100, 100).map(lambda hours: NOON + hours * HOUR)
grants = st.builds(
    Grant,
    st.just("g"),
    st.just("ada"),
    st.sampled_from(["floor-3", "floor-3", "elsewhere"]),
    st.sampled_from([None, "office", "lost"]),
    moments,
    moments,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(grants, max_size=3), moments, moments, moments)
def test_the_moment_is_the_first_at_which_the_rules_admit(
    held: list[Grant], begins: datetime | None, ends: datetime | None, card_begins: datetime | None
) -> None:
    facts = facts_of(
        *held,
        holder=replace(ADA, valid_from=begins, valid_until=ends),
        credential=replace(ADAS_CARD, valid_from=card_begins),
        schedules=(OFFICE,),
    )
    admitted = [hour for hour in range(200) if decide(a_request(NOON + hour * HOUR), facts).is_granted]

    moment = comes(facts)

    assert moment == (NOON + admitted[0] * HOUR if admitted else None)
