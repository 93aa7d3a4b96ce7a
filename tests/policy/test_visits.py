"""What a policy says of visitors, as a door reads it: whose escorts they are, in whose name they come."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.core.request import AccessRequest
from doorctl.core.visitors import Escorting, Visitor
from doorctl.database import open_reader
from doorctl.policy.facts import FactsReader
from doorctl.policy.needs import needs_of, zones_of
from doorctl.policy.rows import (
    CredentialRow,
    GrantRow,
    GroupRow,
    HolderRow,
    MemberRow,
    Row,
    SponsorRow,
    VisitorRow,
    ZoneEscortRow,
    ZoneRow,
)
from doorctl.policy.visits import NOBODY_BRINGS
from doorctl.wire.messages import Put
from tests.core.builders import NOON
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, OTHER_KEY, edit, facts_of, write_policy

PEOPLE: tuple[Row, ...] = (
    *(HolderRow(id=holder) for holder in ("grace", "alan", "joan")),
    GroupRow("guards"),
    GroupRow("staff"),
    MemberRow("grace", "guards"),
    MemberRow("alan", "staff"),
    CredentialRow(key=OTHER_KEY, holder="grace"),
    GrantRow("g2", "floor-3", group="guards"),
)
REQUEST = AccessRequest("front", (KEY,), NOON, escorts=("joan", "alan", "grace"))
GUARDS = ZoneEscortRow("floor-3", seconds=20, most=2, per_seconds=600, group="guards")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "policy.db"


def visitor(path: Path, *rows: Row, request: AccessRequest = REQUEST) -> Visitor | None:
    """Read what a policy with these rows knows of Ada, who asks behind the others."""
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT, *PEOPLE, *rows])
    return facts_of(path, request).visitor


def test_nobody_is_a_visitor_without_a_row(path: Path) -> None:
    assert visitor(path) is None


def test_nor_is_anybody_else(path: Path) -> None:
    assert visitor(path, VisitorRow("joan")) is None
    assert facts_of(path, REQUEST).escorting == Escorting()


@pytest.mark.parametrize(
    ("row", "escorts"),
    [
        (VisitorRow("ada", escort="alan"), {"alan"}),
        (VisitorRow("ada", escort_group="staff"), {"alan"}),
        (VisitorRow("ada"), {"grace"}),
    ],
)
def test_who_may_bring_a_visitor_is_named_by_the_visitor_or_else_by_the_zone(
    path: Path, row: Row, escorts: set[str]
) -> None:
    found = visitor(path, GUARDS, row)

    assert found == Visitor("ada", frozenset(escorts))
    assert facts_of(path, REQUEST).escorting == Escorting(seconds=20, most=2, per_seconds=600)


def test_who_is_of_a_group_no_longer_brings_nobody_at_the_next_question(path: Path) -> None:
    before = visitor(path, GUARDS, VisitorRow("ada"))
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        known = [reader.facts(REQUEST)[0].visitor for _ in range(2)]
        edit(path, "UPDATE members SET \"group\" = 'guards' WHERE holder = 'alan'")
        edit(path, "DELETE FROM members WHERE holder = 'grace'")
        after = reader.facts(REQUEST)[0].visitor

    assert known == [before, before]
    assert after == Visitor("ada", frozenset({"alan"}))


def test_one_who_comes_after_others_of_a_group_were_asked_about_is_asked_about_too(path: Path) -> None:
    visitor(path, GUARDS, VisitorRow("ada"))
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        found = [
            reader.facts(replace(REQUEST, escorts=escorts))[0].visitor
            for escorts in (("joan",), ("alan", "joan"), ("grace", "joan"), ())
        ]

    assert [it and it.escorts for it in found] == [frozenset(), frozenset(), {"grace"}, frozenset()]


def test_where_neither_names_anybody_nobody_brings_a_visitor(path: Path) -> None:
    assert visitor(path, VisitorRow("ada")) == Visitor("ada")


def test_a_zone_whose_row_is_damaged_lets_no_visitor_in(path: Path) -> None:
    visitor(path, GUARDS, VisitorRow("ada"))
    edit(path, "UPDATE zone_escorts SET most = 0, alone = 1")

    assert facts_of(path, REQUEST).escorting == NOBODY_BRINGS


def test_where_nobody_is_a_visitor_nobody_is_remembered_to_bring_one(path: Path) -> None:
    visitor(path, GUARDS)

    assert facts_of(path, REQUEST).escorting == NOBODY_BRINGS


def test_of_a_guest_the_sponsor_is_known_with_zones_and_own_grants(path: Path) -> None:
    sponsor = SponsorRow("grace", ("floor-3",), many=1, seconds=3600)
    found = visitor(path, VisitorRow("ada", escort="grace", sponsor="grace"), sponsor)

    assert found is not None
    assert found.sponsor == "grace"
    assert found.sponsored_by is not None
    assert (found.sponsored_by.holder.id, found.sponsored_by.holder.status) == ("grace", Status.ACTIVE)
    assert found.sponsored_by.zones == {"floor-3"}
    assert [grant.id for grant in found.sponsored_by.grants] == ["g2"]


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (SponsorRow("alan", ("floor-3",), many=1, seconds=3600),),
        (SponsorRow("grace", ("floor-3",), many=1, seconds=3600), VisitorRow("grace")),
    ],
)
def test_who_may_not_invite_or_is_a_visitor_too_sponsors_nobody(path: Path, rows: tuple[Row, ...]) -> None:
    found = visitor(path, VisitorRow("ada", sponsor="grace"), *rows)

    assert found is not None
    assert found.sponsored_by is None


def test_a_sponsor_who_is_gone_is_known_no_more(path: Path) -> None:
    found = visitor(path, VisitorRow("ada", sponsor="nobody"))

    assert found == Visitor("ada", sponsor="nobody")


def test_who_knows_no_visitors_denies_everywhere_for_one_and_in_a_zone_for_its_escorts() -> None:
    assert zones_of([Put(VisitorRow("ada"))]) == ("*",)
    assert zones_of([Put(SponsorRow("ada", ("floor-3",), 2, 3600))]) == ()
    assert zones_of([Put(GUARDS)]) == ("floor-3",)
    assert needs_of([Put(ZoneRow("lobby", ZoneKind.FLOOR)), Put(GUARDS)]) == 5


@pytest.mark.parametrize(
    "fields", [{"escort": "ada"}, {"sponsor": "ada"}, {"escort": "alan", "escort_group": "staff"}]
)
def test_nobody_is_their_own_escort_and_one_or_a_group_brings_a_visitor(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"nobody|not both"):
        VisitorRow("ada", **fields)
