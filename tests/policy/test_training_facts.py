"""What a policy knows of training, and that it is looked up where a zone asks for it alone."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from doorctl.core.request import AccessRequest
from doorctl.database import open_reader
from doorctl.errors import PolicyUnavailable
from doorctl.policy.facts import FactsReader
from doorctl.policy.needs import zones_of
from doorctl.policy.rows import ErasureRow, TrainingRow, ZoneTrainingRow
from doorctl.wire.messages import Put
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, change_policy, edit, facts_of, write_policy
from tests.policy.test_facts import NOON

ASKED = AccessRequest("front", (KEY,), NOON)
LADDER, GAS = ZoneTrainingRow("floor-3", "ladder", 365), ZoneTrainingRow("floor-3", "gas", 30)
TAKEN = TrainingRow("ada", "ladder", "2026-06-01")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_policy(tmp_path / "policy.db", [*BUILDING, *ADA, ADAS_GRANT, TAKEN])
    return tmp_path / "policy.db"


def test_a_zone_is_read_with_its_courses_and_a_holder_with_what_they_took(path: Path) -> None:
    change_policy(path, [LADDER, GAS])

    facts = facts_of(path, ASKED)

    assert facts.zone is not None
    assert facts.zone.trainings == (("gas", 30), ("ladder", 365))
    assert facts.trained == {"ladder": date(2026, 6, 1)}


def test_nothing_is_looked_up_where_the_zone_asks_for_no_training(path: Path) -> None:
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        reader.facts(ASKED)
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        facts, _ = reader.facts(ASKED)

    assert facts.trained == {}
    assert [each for each in statements if "gathered" in each] == []


def test_a_day_that_is_damaged_opens_nothing(path: Path) -> None:
    change_policy(path, [LADDER])
    edit(path, "UPDATE trainings SET day = '2026-02-31'")

    with pytest.raises(PolicyUnavailable):
        facts_of(path, ASKED)


def test_what_somebody_took_goes_with_them_when_they_are_erased(path: Path) -> None:
    change_policy(path, [ErasureRow("ada")])

    with closing(open_reader(path)) as connection:
        assert connection.execute("SELECT count(*) FROM trainings").fetchone() == (0,)


def test_a_policy_of_before_there_were_trainings_asks_for_none(path: Path) -> None:
    edit(path, "DROP TABLE zone_trainings", "DROP TABLE trainings")

    zone = facts_of(path, ASKED).zone
    assert zone is not None
    assert zone.trainings == ()


def test_a_doorctl_that_knows_no_training_denies_in_the_zone_that_asks_for_it() -> None:
    assert [zones_of([Put(LADDER)]), zones_of([Put(TAKEN)])] == [("floor-3",), ()]


@pytest.mark.parametrize("day", ["2026-02-31", "9999-99-99", "2026-1-1"])
def test_a_day_that_no_calendar_has_is_no_row(day: str) -> None:
    with pytest.raises(ValueError, match=r"day|date|month|format"):
        TrainingRow("ada", "ladder", day)
