"""Zones that let in only who has been trained, and how recently."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.decision import decide
from doorctl.core.lasting import admitted_until
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from tests.core.builders import ADAS_GRANT, FLOOR_3, NOON, a_request, facts

LADDER = replace(FLOOR_3, trainings=(("ladder", 365),))
BOTH = replace(FLOOR_3, trainings=(("gas", 30), ("ladder", 365)))
TODAY = NOON.date()


def reason(known: Facts, at: datetime = NOON) -> Reason:
    return decide(a_request(at), known).reason


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        (0, Reason.GRANTED),
        (365, Reason.GRANTED),
        (366, Reason.TRAINING_EXPIRED),
        (10_000, Reason.TRAINING_EXPIRED),
        (-1, Reason.TRAINING_MISSING),
    ],
)
def test_a_training_counts_for_its_days_and_none_that_is_to_come_does(days_ago: int, expected: Reason) -> None:
    known = facts(ADAS_GRANT, zone=LADDER, trained={"ladder": TODAY - timedelta(days=days_ago)})

    assert reason(known) is expected


def test_who_was_trained_in_something_else_lacks_it() -> None:
    assert reason(facts(ADAS_GRANT, zone=LADDER, trained={"gas": TODAY})) is Reason.TRAINING_MISSING


@pytest.mark.parametrize(
    ("trained", "expected"),
    [
        ({"ladder": TODAY, "gas": TODAY}, Reason.GRANTED),
        ({"ladder": TODAY, "gas": TODAY - timedelta(days=31)}, Reason.TRAINING_EXPIRED),
        ({"ladder": date(2000, 1, 1)}, Reason.TRAINING_MISSING),
    ],
)
def test_each_course_is_asked_for_and_one_that_is_missing_is_told_first(
    trained: dict[str, date], expected: Reason
) -> None:
    assert reason(facts(ADAS_GRANT, zone=BOTH, trained=trained)) is expected


def test_its_last_day_ends_at_midnight_by_the_clock_of_the_site() -> None:
    paris = ZoneInfo("Europe/Paris")
    known = facts(ADAS_GRANT, zone=LADDER, trained={"ladder": date(2025, 6, 3)}, timezone=paris)
    midnight = datetime(2026, 6, 4, tzinfo=paris)

    told = [reason(known, midnight - timedelta(microseconds=1)), reason(known, midnight)]

    assert told == [Reason.GRANTED, Reason.TRAINING_EXPIRED]
    assert admitted_until(a_request(), known, lambda *_: None) == midnight


def test_a_training_of_the_last_years_of_the_calendar_never_ends() -> None:
    known = facts(ADAS_GRANT, zone=LADDER, trained={"ladder": date(9999, 12, 30)})

    assert admitted_until(a_request(datetime(9999, 12, 31, tzinfo=UTC)), known, lambda *_: None) is None


def test_after_the_last_day_of_the_calendar_no_training_is_recent() -> None:
    known = facts(ADAS_GRANT, zone=LADDER, trained={"ladder": date(9999, 12, 31)}, timezone=ZoneInfo("Europe/Paris"))

    assert reason(known, datetime.max.replace(tzinfo=UTC)) is Reason.TRAINING_EXPIRED


def test_a_training_takes_a_clock_that_counts() -> None:
    known = facts(ADAS_GRANT, zone=LADDER, trained={"ladder": TODAY}, clock_trusted=False)

    assert reason(known) is Reason.CLOCK_UNTRUSTED
