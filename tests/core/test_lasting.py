"""Until when what admits now goes on to admit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from doorctl.core.lasting import admitted_until
from doorctl.core.model import Grant, RosterLine, Schedule
from doorctl.core.request import Facts
from tests.core.builders import ADA, ADAS_CARD, ADAS_GRANT, FLOOR_3, NOON, a_request, a_schedule, a_window
from tests.core.builders import facts as facts_of

OFFICE = a_schedule(a_window("07:00", "19:00"))
CLOSES = NOON + timedelta(hours=7)
SOON, LATER = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
ON_SCHEDULE = replace(ADAS_GRANT, schedule="office")


def closing(_: Schedule, timezone: tzinfo) -> datetime | None:
    return CLOSES if timezone is UTC else None


def until(facts: Facts) -> datetime | None:
    return admitted_until(a_request(), facts, closing)


@pytest.mark.parametrize(
    ("grants", "end"),
    [
        ((ADAS_GRANT,), None),
        ((replace(ADAS_GRANT, valid_until=SOON),), SOON),
        ((ON_SCHEDULE,), CLOSES),
        ((replace(ON_SCHEDULE, valid_until=SOON),), SOON),
        ((replace(ADAS_GRANT, valid_until=SOON), replace(ADAS_GRANT, valid_until=LATER)), LATER),
        ((ON_SCHEDULE, ADAS_GRANT), None),
        ((replace(ADAS_GRANT, valid_from=SOON), ON_SCHEDULE), CLOSES),
    ],
    ids=["open-end", "end", "schedule", "first-of-both", "last-of-two", "one-without", "not-yet"],
)
def test_the_grant_that_ends_last_says_until_when(grants: tuple[Grant, ...], end: datetime | None) -> None:
    assert until(facts_of(*grants, schedules=(OFFICE,))) == end


def test_a_card_or_a_person_that_ends_earlier_ends_it() -> None:
    facts = facts_of(ADAS_GRANT)

    assert until(replace(facts, credential=replace(ADAS_CARD, valid_until=SOON))) == SOON
    assert until(replace(facts, holder=replace(ADA, valid_until=SOON))) == SOON


def test_the_roster_counts_at_a_strict_door_alone() -> None:
    lines = (RosterLine(until=SOON), RosterLine(OFFICE, LATER), RosterLine(until=NOON))
    facts = replace(facts_of(ADAS_GRANT), roster=lines)

    assert until(facts) is None
    assert until(replace(facts, zone=replace(FLOOR_3, strict=True))) == LATER
