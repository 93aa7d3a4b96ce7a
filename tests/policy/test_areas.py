"""Zones in zones, as a door reads them: what each asks of who is inside, and that none lies in itself."""

from contextlib import closing
from pathlib import Path

import pytest

from doorctl.core.areas import Occupancy, Passback
from doorctl.core.decision import decide
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.database import open_reader
from doorctl.policy.facts import FactsReader
from doorctl.policy.rows import PassbackResetRow, Row, ZoneOccupancyRow, ZoneRow
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, edit, facts_of, write_policy
from tests.policy.test_facts import NOON

REQUEST = AccessRequest("front", (KEY,), NOON)
AROUND = (ZoneRow("building", ZoneKind.FLOOR), ZoneRow("campus", ZoneKind.FLOOR))
NESTED = (
    ZoneOccupancyRow("building", within="campus", most=300),
    ZoneOccupancyRow("floor-3", "building", Passback.TIMED, 60, most=8, least=2, reset_at="04:30"),
)


def a_policy(folder: Path, *rows: Row) -> Path:
    path = folder / "policy.db"
    write_policy(path, [*BUILDING, *AROUND, *ADA, ADAS_GRANT, *rows])
    return path


def occupancy(path: Path) -> Occupancy | None:
    zone = facts_of(path, REQUEST).zone
    assert zone is not None
    return zone.occupancy


def test_a_zone_is_read_with_all_around_it(tmp_path: Path) -> None:
    assert occupancy(a_policy(tmp_path, *NESTED)) == Occupancy(
        around=("building", "campus"),
        passback=Passback.TIMED,
        passback_seconds=60,
        limits=(("floor-3", 8), ("building", 300)),
        least=2,
        reset_minute=270,
    )


def test_nobody_is_counted_in_a_zone_without_a_row_but_where_another_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "outer").mkdir()

    assert occupancy(a_policy(tmp_path / "plain", NESTED[0])) is None
    assert occupancy(a_policy(tmp_path / "outer", ZoneOccupancyRow("building", within="floor-3"))) == Occupancy()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE zone_occupancies SET within = 'floor-3' WHERE zone = 'building'",
        "UPDATE zone_occupancies SET within = 'building' WHERE zone = 'building'",
        "UPDATE zone_occupancies SET passback = 'new' WHERE zone = 'floor-3'",
        "UPDATE zone_occupancies SET most = -1 WHERE zone = 'building'",
        "UPDATE zone_occupancies SET reset_at = 'noon' WHERE zone = 'floor-3'",
    ],
)
def test_a_zone_in_itself_and_a_word_that_is_new_to_us_deny(tmp_path: Path, statement: str) -> None:
    path = a_policy(tmp_path, *NESTED)
    edit(path, statement)

    assert decide(REQUEST, facts_of(path, REQUEST)).reason is Reason.UNKNOWN_ZONE


def test_a_door_whose_own_count_is_not_there_denies_where_it_matters(tmp_path: Path) -> None:
    reasons = decide(REQUEST, facts_of(a_policy(tmp_path, *NESTED), REQUEST)).reasons

    assert reasons == (Reason.PASSBACK, Reason.ZONE_FULL, Reason.MINIMUM_AWAITED)


def test_resets_are_read(tmp_path: Path) -> None:
    path = a_policy(tmp_path, PassbackResetRow("ada", "*", 5), PassbackResetRow("*", "floor-3", 6))

    with closing(open_reader(path)) as connection:
        resets = FactsReader(connection).building().resets

    assert resets == {("ada", "*", 5), ("*", "floor-3", 6)}
