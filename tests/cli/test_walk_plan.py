"""What a walk test tries: each part that a configuration names, and no other."""

from pathlib import Path

import pytest

from doorctl.cli.site.walk_plan import HOUSING, Step, plan_of, relay_plan_of
from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import DoorConfig, read_door_config
from doorctl.errors import WrongUse
from tests.door.elevator_file import FIRST, FLOORS, GROUND, LIFT_CONFIG, SECOND

FLOOR = "floor-3"
INPUTS = """tamper = {{ pin = 16, active = "high" }}
mains = {{ pin = 24, active = "high" }}
battery = {{ pin = 25, active = "high" }}
"""
WHOLE = LIFT_CONFIG.replace("fire = ", f"{INPUTS}fire = ").replace(
    "rex = ", 'tamper = {{ pin = 7, active = "high" }}\nrex = ', 1
)


@pytest.fixture
def config(tmp_path: Path) -> DoorConfig:
    path = tmp_path / "controller.toml"
    path.write_text(WHOLE.format(root="A" * 43, unlock_seconds=8.0))
    return read_door_config(path)


def recorded(step: Step) -> list[set[RecordKind]]:
    return [set(expected.kinds) for expected in step.expected]


def test_every_part_is_tried_by_the_record_that_it_leaves(config: DoorConfig) -> None:
    strike = [{RecordKind.RELEASED}, {RecordKind.RELOCKED}]
    opened = {RecordKind.OPENED, RecordKind.FORCED_OPEN}

    assert [(step.door, step.part, recorded(step)) for step in plan_of(config, [])] == [
        (FLOOR, "reader front", [{RecordKind.DECISION}]),
        (FLOOR, "strike", strike),
        (FLOOR, "contact", [opened, {RecordKind.CLOSED}]),
        (FLOOR, "rex", [{RecordKind.REX}]),
        (FLOOR, "tamper", [{RecordKind.TAMPER}] * 2),
        ("lift", "reader vault", [{RecordKind.DECISION}]),
        (GROUND, "strike", strike),
        (GROUND, "button", [{RecordKind.FLOOR_CHOSEN}]),
        (FIRST, "strike", strike),
        (FIRST, "button", [{RecordKind.FLOOR_CHOSEN}]),
        (SECOND, "strike", strike),
        (HOUSING, "fire", [{RecordKind.FIRE}] * 2),
        (HOUSING, "tamper", [{RecordKind.TAMPER}] * 2),
        (HOUSING, "mains", [{RecordKind.POWER}] * 2),
        (HOUSING, "battery", [{RecordKind.POWER}] * 2),
    ]


def test_a_record_counts_at_its_own_door_alone_and_a_housings_at_none(config: DoorConfig) -> None:
    assert {(step.door, step.at) for step in plan_of(config, [])} == {
        *((door, door) for door in (FLOOR, "lift", *FLOORS)),
        (HOUSING, ""),
    }


def test_a_person_is_asked_what_no_record_shows_and_what_moves_is_released_for_it(config: DoorConfig) -> None:
    steps = plan_of(config, [])

    assert {step.part for step in steps if step.asked} == {"reader front", "reader vault", "strike"}
    assert {step.part for step in steps if step.pulsed} == {"strike", "contact"}


@pytest.mark.parametrize("wanted", [[FLOOR], ["lift", GROUND], [HOUSING]])
def test_what_is_asked_for_alone_is_tried(wanted: list[str], config: DoorConfig) -> None:
    assert {step.door for step in plan_of(config, wanted)} == set(wanted)


def test_the_relay_of_a_floor_is_asked_about_by_the_lock_of_its_elevator(config: DoorConfig) -> None:
    steps = relay_plan_of(config, SECOND)

    assert [step.part for step in steps] == ["without power", "at power-up", "at rest", "strike"]
    assert [step.pulsed for step in steps] == [False, False, False, True]
    with pytest.raises(WrongUse, match="it has floor-3, lift-ground"):
        relay_plan_of(config, "lift")
