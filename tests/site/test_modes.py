"""The modes of doors in plans: in an order that works, told before and after, and nothing strict left unlocked."""

from dataclasses import replace

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.modes import Mode
from doorctl.policy.rows import ModeTime
from doorctl.site.differences import Differences
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.modes import mode_changes
from doorctl.site.references import check_references
from doorctl.site.state import ModesState, ScheduleState, SiteState, ZoneState
from doorctl.wire.commands import DoorRemove, DoorSet
from doorctl.wire.door_words import DoorModeSet
from doorctl.wire.rights import ZoneRuleSet
from tests.site.builders import EMPTY

FLOOR, STRICT = ZoneState(ZoneKind.FLOOR), ZoneState(ZoneKind.FLOOR, strict=True)
FIRST = ModesState(times=(ModeTime("office", Mode.FIRST_PERSON_IN),))
SHOP = replace(
    EMPTY, zones={"ground": FLOOR}, doors={"shop": "ground"}, schedules={"office": ScheduleState(())}, modes={}
)
OPEN = replace(SHOP, modes={"shop": FIRST})


def verbs(present: SiteState, wanted: SiteState) -> list[type[object]]:
    return [type(step.verb) for step in Differences(present, wanted, lambda: "id").steps()]


def test_a_door_is_shut_before_its_zone_becomes_strict_and_unlocked_after_it_is_no_more() -> None:
    strict = replace(SHOP, zones={"ground": STRICT})

    assert verbs(OPEN, strict) == [DoorModeSet, ZoneRuleSet]
    assert verbs(strict, OPEN) == [ZoneRuleSet, DoorModeSet]


def test_a_door_that_goes_is_shut_before_its_zone_becomes_strict() -> None:
    without = replace(SHOP, zones={"ground": STRICT}, doors={})

    assert verbs(OPEN, without) == [DoorModeSet, ZoneRuleSet, DoorRemove]


def test_a_door_is_shut_before_it_leads_into_a_strict_zone_and_unlocked_where_it_leads_then() -> None:
    both = {"ground": FLOOR, "vault": STRICT}
    into = replace(SHOP, zones=both, doors={"shop": "vault"})
    out = replace(OPEN, zones=both)

    assert verbs(out, into) == [DoorModeSet, DoorSet]
    assert verbs(into, out) == [DoorSet, DoorModeSet]


def test_a_new_door_is_there_before_its_modes_and_one_that_goes_takes_them_along() -> None:
    without = replace(SHOP, doors={})

    assert verbs(without, OPEN) == [DoorSet, DoorModeSet]
    assert verbs(OPEN, without) == [DoorRemove]


def test_what_a_plan_changes_is_told_also_where_only_the_hours_are_others() -> None:
    other_hours = replace(OPEN, schedules={"office": ScheduleState((), "ignore")})  # type: ignore[arg-type]
    bureau = replace(SHOP, modes={"shop": ModesState(Mode.OFFICE, office_group="keepers")})

    assert list(mode_changes(SHOP, OPEN)) == ["door shop: mode card -> card, office=first-person-in"]
    assert list(mode_changes(OPEN, other_hours)) == [
        "door shop: mode card, office=first-person-in -> card, office=first-person-in by other hours"
    ]
    assert list(mode_changes(SHOP, bureau)) == ["door shop: mode card -> office (office of keepers)"]
    assert list(mode_changes(OPEN, OPEN)) == []


@pytest.mark.parametrize("mode", [Mode.UNLOCKED, Mode.FIRST_PERSON_IN])
def test_no_file_leaves_a_door_into_a_strict_zone_unlocked(mode: Mode) -> None:
    wanted = replace(OPEN, zones={"ground": STRICT}, modes={"shop": ModesState(times=(ModeTime("office", mode),))})

    with pytest.raises(SiteFileError, match="never stays unlocked"):
        check_references(wanted, EMPTY, Mistakes("site.yaml"))
