"""Who gains and who loses, door by door."""

from dataclasses import replace
from itertools import pairwise

from doorctl.core.model import Factor, Status, Weekday, ZoneKind
from doorctl.policy.rows import FactorTime, WindowRow
from doorctl.site.access import DoorChange, door_changes, never_together, without_pins
from doorctl.site.rule_changes import rule_changes
from doorctl.site.state import (
    GROUP,
    PERSON,
    CardState,
    PinHeld,
    ScheduleState,
    SiteState,
    Subject,
    Terms,
    ZoneState,
)
from tests.site.builders import EMPTY, a_person

ZONE = {"floor-3": ZoneState(ZoneKind.FLOOR)}
ADA, STAFF = Subject(PERSON, "ada"), Subject(GROUP, "staff")
ALWAYS = frozenset({Terms()})


def a_site(**said: object) -> SiteState:
    sections = {"people": {"ada": a_person()}, "groups": frozenset({"staff"}), "zones": ZONE, "doors": {}}
    return SiteState(**sections | {"schedules": {}, "holidays": frozenset(), "grants": {}} | said)  # type: ignore[arg-type]


def a_schedule(start: str, end: str) -> ScheduleState:
    return ScheduleState((WindowRow((Weekday.MONDAY,), start, end),))


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


def others_at(before: SiteState, after: SiteState) -> list[tuple[str, ...]]:
    return [change.others for change in door_changes(before, after)]


def test_whatever_limits_somebody_counts_as_their_terms() -> None:
    grants = {(ADA, "floor-3"): frozenset({Terms("office")})}
    said = {"doors": {"east": "floor-3"}, "grants": grants, "schedules": {"office": a_schedule("09:00", "10:00")}}
    before = a_site(**said)

    for change in (
        {"schedules": {"office": a_schedule("00:00", "24:00")}},
        {"people": {"ada": a_person(valid_until=2_000_000_000)}},
        {"people": {"ada": a_person(cards={"bb" * 32: CardState()})}},
        {"people": {"ada": a_person(cards={"aa" * 32: CardState(valid_until=2_000_000_000)})}},
    ):
        assert others_at(before, a_site(**said | change)) == [("ada",)]


def test_who_may_break_the_glass_gains_a_way_in() -> None:
    member = {"ada": a_person(groups=frozenset({"staff"}))}
    rules = {"floor-3": ZoneState(ZoneKind.FLOOR, max_age_seconds=900, break_glass="staff")}
    before = a_site(doors={"east": "floor-3"}, people=member)
    after = a_site(doors={"east": "floor-3"}, people=member, zones=rules)

    assert door_changes(before, after) == (DoorChange("east", ("ada",), (), ()),)


def by_factor(factor: Factor, *times: FactorTime) -> dict[str, ZoneState]:
    return {"floor-3": ZoneState(ZoneKind.FLOOR, factor=factor, factor_times=times)}


def test_who_has_a_pin_and_no_card_comes_in_where_a_pin_is_enough_at_some_time() -> None:
    said = {"doors": {"east": "floor-3"}, "grants": {(ADA, "floor-3"): ALWAYS}, "people": {"ada": a_person(cards={})}}
    by_card, office = a_site(**said), FactorTime("office", Factor.CARD_OR_PIN)
    gains = []
    for zones in (by_factor(Factor.PIN), by_factor(Factor.CARD, office), by_factor(Factor.CARD_AND_PIN)):
        for pin in PinHeld:
            after = replace(a_site(**said | {"zones": zones}), pins={"ada": pin})
            gains += [bool(door_changes(replace(by_card, pins={"ada": pin}), after))]

    assert gains == [False, True, False, True, False, False]


def test_who_may_enter_and_has_no_pin_for_it_is_told_once() -> None:
    people = {
        handle: a_person(cards={f"{number}a" * 32: CardState()}) for number, handle in enumerate(("ada", "alan"))
    }
    both = {(ADA, "floor-3"): ALWAYS, (Subject(PERSON, "alan"), "floor-3"): ALWAYS}
    sites = [
        replace(a_site(people=people, grants=grants, zones=zones), pins={"alan": PinHeld.WITH_CARD})
        for grants, zones in (
            (both, ZONE),
            (both, by_factor(Factor.CARD, FactorTime("night", Factor.CARD_AND_PIN))),
            (both, by_factor(Factor.CARD_AND_PIN)),
            (both, by_factor(Factor.CARD_OR_PIN)),
            ({}, by_factor(Factor.CARD_AND_PIN)),
            (both, by_factor(Factor.PIN)),
        )
    ]

    told = [list(without_pins(before, after)) for before, after in pairwise(sites)]

    assert told == [[("floor-3", ("ada",))], [], [], [], [("floor-3", ("ada",))]]
    assert rule_changes(*sites[4:])[-1] == "zone floor-3: 1 who may enter have no PIN for it: ada"


def test_a_zone_is_told_that_too_few_may_enter_together() -> None:
    people = {
        handle: a_person(groups=frozenset({group}), cards={f"{number}a" * 32: CardState()})
        for number, (handle, group) in enumerate({"ada": "staff", "alan": "staff", "grace": "guards"}.items())
    }
    said = {"people": people, "groups": frozenset({"staff", "guards"}), "grants": {(STAFF, "floor-3"): ALWAYS}}
    two = ZoneState(ZoneKind.FLOOR, persons=2)
    one = ZoneState(ZoneKind.FLOOR, persons_group="guards")
    sites = [
        a_site(**said | {"zones": {"floor-3": zone, f"lab-{number}": one}})
        for number, zone in enumerate(
            (
                one,
                replace(two, persons_group="staff"),
                replace(two, persons_group="guards"),
                replace(two, persons=3, break_glass="guards"),
                replace(two, persons=3),
                two,
            )
        )
    ]

    told = [list(never_together(before, after)) for before, after in pairwise(sites)]

    assert told == [[], [("floor-3", "nobody of guards may enter")], [("floor-3", "only 2 may enter")], [], []]
    assert rule_changes(*sites[2:4])[-1] == "zone floor-3: only 2 may enter: it opens for nobody"


def test_rules_are_told_before_and_after() -> None:
    strict = {"floor-3": ZoneState(ZoneKind.FLOOR, strict=True, max_age_seconds=900)}
    before = a_site(
        zones=strict, schedules={"office": a_schedule("09:00", "10:00")}, holidays=frozenset({"2027-12-25"})
    )
    after = a_site(schedules={"office": a_schedule("09:00", "24:00")})

    assert rule_changes(before, after) == (
        "zone floor-3: max_age_seconds 900 -> none",
        "zone floor-3: strict yes -> no",
        "schedule office: mon 09:00-10:00 (holidays: replace) -> mon 09:00-24:00 (holidays: replace)",
        "holidays: -2027-12-25; schedules go by the holiday on such a day",
    )
    assert rule_changes(before, before) == ()
