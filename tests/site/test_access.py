"""Who gains and who loses, door by door."""

from doorctl.core.model import Status, ZoneKind
from doorctl.site.access import DoorChange, door_changes
from doorctl.site.state import GROUP, PERSON, CardState, SiteState, Subject, Terms, ZoneState
from tests.site.builders import EMPTY, a_person

ZONE = {"floor-3": ZoneState(ZoneKind.FLOOR)}
ADA, STAFF = Subject(PERSON, "ada"), Subject(GROUP, "staff")
ALWAYS = frozenset({Terms()})


def a_site(**said: object) -> SiteState:
    sections = {"people": {"ada": a_person()}, "groups": frozenset({"staff"}), "zones": ZONE, "doors": {}}
    return SiteState(**sections | {"schedules": {}, "holidays": frozenset(), "grants": {}} | said)  # type: ignore[arg-type]


TWO_DOORS = {"east": "floor-3", "west": "floor-3"}


def test_a_grant_counts_at_every_door_of_its_zone() -> None:
    before, after = a_site(doors=TWO_DOORS), a_site(doors=TWO_DOORS, grants={(ADA, "floor-3"): ALWAYS})

    assert door_changes(before, after) == (
        DoorChange("east", ("ada",), (), ()),
        DoorChange("west", ("ada",), (), ()),
    )
    assert [change.loses for change in door_changes(after, before)] == [("ada",), ("ada",)]


def test_who_has_the_right_twice_loses_nothing_with_one_of_them() -> None:
    member = {"ada": a_person(groups=frozenset({"staff"}))}
    both = {(ADA, "floor-3"): ALWAYS, (STAFF, "floor-3"): ALWAYS}
    one = {(STAFF, "floor-3"): ALWAYS}

    assert (
        door_changes(
            a_site(doors=TWO_DOORS, people=member, grants=both), a_site(doors=TWO_DOORS, people=member, grants=one)
        )
        == ()
    )


def test_other_hours_are_neither_gain_nor_loss() -> None:
    before = a_site(doors={"east": "floor-3"}, grants={(ADA, "floor-3"): ALWAYS})
    after = a_site(doors={"east": "floor-3"}, grants={(ADA, "floor-3"): frozenset({Terms("office")})})

    assert door_changes(before, after) == (DoorChange("east", (), (), ("ada",)),)


def test_a_suspended_person_or_a_lost_card_comes_in_nowhere() -> None:
    grants = {(ADA, "floor-3"): ALWAYS}
    before = a_site(doors={"east": "floor-3"}, grants=grants)
    for gone in (a_person(status=Status.SUSPENDED), a_person(cards={"aa" * 32: CardState(Status.LOST)})):
        after = a_site(doors={"east": "floor-3"}, grants=grants, people={"ada": gone})

        assert door_changes(before, after) == (DoorChange("east", (), ("ada",), ()),)


def test_a_door_that_moves_into_another_zone_changes_who_comes_in() -> None:
    zones = {**ZONE, "lab": ZoneState(ZoneKind.FLOOR)}
    grants = {(ADA, "lab"): ALWAYS}
    before = a_site(zones=zones, grants=grants, doors={"east": "floor-3"})
    after = a_site(zones=zones, grants=grants, doors={"east": "lab"})

    assert door_changes(before, after) == (DoorChange("east", ("ada",), (), ()),)


def test_nothing_changes_between_equal_sites() -> None:
    assert door_changes(EMPTY, EMPTY) == ()
