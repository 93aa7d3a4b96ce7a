"""Elevators of a controller's file: floors are doors, relays are strikes, and what cannot be is told by its key."""

from pathlib import Path

import pytest

from doorctl.core.machines.elevator import CabinSettings, OnFire
from doorctl.door.config.door_config import DoorConfig, indicators_of, layout_of, read_door_config, signatures_of
from doorctl.door.config.elevator_tables import cabin_floors_of, cabin_settings_of, floors_of
from doorctl.door.elevator import Floor
from doorctl.errors import ConfigError
from hardware.indicators import Role
from hardware.pins import ActiveLevel, Input, Lock, Pull, Strike, StrikeState
from tests.door.elevator_file import ELEVATOR, FIRST, FLOORS, GROUND, LIFT_CONFIG, SECOND

GOOD = LIFT_CONFIG.format(root="A" * 43, unlock_seconds=8.0)
ALONE = GOOD[: GOOD.index("[[door]]")].replace(
    '[[line.reader]]\nname = "front"\nnumber = 0\nformats = ["H10301"]\n', ""
)


def read(folder: Path, text: str) -> DoorConfig:
    """Read a file with this text."""
    path = folder / "controller.toml"
    path.write_text(text)
    return read_door_config(path)


def mistakes_in(folder: Path, text: str) -> list[str]:
    """Tell what is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return str(caught.value).splitlines()[1:]


def test_each_relay_is_the_strike_of_its_floors_door(tmp_path: Path) -> None:
    config = read(tmp_path, GOOD)
    layout = layout_of(config.door, config.board, config.elevator)

    assert layout.strikes[1:] == tuple(
        Strike(floor, pin, ActiveLevel.HIGH, Lock.FAIL_SECURE, StrikeState.SECURED)
        for floor, pin in zip(FLOORS, (18, 19, 20), strict=True)
    )
    assert [each.name for each in layout.inputs] == [
        *("floor-3.contact", "floor-3.rex"),
        *(f"{GROUND}.button", f"{FIRST}.button", "fire"),
    ]
    assert layout.inputs[2] == Input(f"{GROUND}.button", 12, ActiveLevel.HIGH, Pull.UP)


def test_what_the_core_and_the_cabin_are_told(tmp_path: Path) -> None:
    (elevator,) = read(tmp_path, GOOD).elevator

    assert cabin_settings_of(elevator) == CabinSettings(FLOORS, enable_seconds=8.0, on_fire=OnFire.ENABLED)
    assert cabin_floors_of(elevator) == [Floor(GROUND, "G"), Floor(FIRST, "1"), Floor(SECOND, "2")]


def test_an_elevator_may_be_all_that_a_controller_has(tmp_path: Path) -> None:
    config = read(tmp_path, ALONE + ELEVATOR.format(unlock_seconds=8.0))

    assert (config.door, len(config.elevator)) == ((), 1)


def test_the_cabin_has_indicators_and_a_strict_floor_its_roster(tmp_path: Path) -> None:
    strict = 'label = "2"\nstrict_zone = "second"\nroster_signatures = 2\n'
    text = GOOD.replace('label = "2"\n', strict).replace(
        'id = "lift"\n', 'id = "lift"\nled_green = { pin = 21, active = "high" }\n'
    )
    config = read(tmp_path, text)
    layout = layout_of(config.door, config.board, config.elevator)

    assert indicators_of(config.elevator[0]) == {Role.LED_GREEN: "lift.led-green"}
    assert layout.indicators[-1].name == "lift.led-green"
    assert signatures_of(tuple(floors_of(config.elevator))) == {"second": 2}


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ('readers = ["vault"]', 'readers = ["front"]', "door: the reader front is used 2 times"),
        ('readers = ["vault"]', 'readers = ["nobody"]', "elevator[lift].readers: no line has a reader nobody"),
        (
            'door = "lift-first"',
            'door = "floor-3"',
            "elevator: floor-3 is the name of 2 doors, floors or elevators: give each its own",
        ),
        (
            'id = "lift"',
            'id = "lift-first"',
            "elevator: lift-first is the name of 2 doors, floors or elevators: give each its own",
        ),
        ('label = "1"', 'label = "G"', "elevator[lift].floor: the label G is used 2 times"),
        (
            'label = "2"',
            'label = "2"\nroster_signatures = 2',
            "elevator[lift].floor[lift-second].roster_signatures: only a floor with a strict_zone asks for a roster",
        ),
        (
            "relay = { pin = 20",
            "relay = { pin = 19",
            "elevator[lift].floor[lift-first].relay, elevator[lift].floor[lift-second].relay: "
            "pin 19 is used 2 times: give each its own pin",
        ),
        (
            "button = { pin = 13",
            "button = { pin = 17",
            "door[floor-3].strike, elevator[lift].floor[lift-first].button: pin 17 is used 2 times: "
            "give each its own pin",
        ),
        (
            'egress = "rex"',
            'egress = "rex"\ninterlock = ["lift-first"]',
            "door[floor-3].interlock: lift-first is a floor of an elevator, which waits for no door",
        ),
        (
            'label = "2"',
            'label = "2"\ninterlock = ["floor-3"]',
            "elevator[lift].floor[2].interlock: unknown key",
        ),
        ('on_process_loss = "secured"\nenable', "enable", "elevator[lift].on_process_loss: missing"),
    ],
    ids=[
        *("reader-of-a-door", "unknown-reader", "floor-is-a-door", "floor-is-a-cabin", "label", "roster-alone"),
        *("relay-twice", "button-on-a-strike", "interlocked", "interlock-of-a-floor", "process-loss"),
    ],
)
def test_a_mistake_is_told_by_its_key(tmp_path: Path, before: str, after: str, mistake: str) -> None:
    assert GOOD.count(before) == 1
    told = mistakes_in(tmp_path, GOOD.replace(before, after))

    assert mistake in told


@pytest.mark.parametrize("label", ["", "1234", "1,2", "é"])
def test_a_label_is_at_most_three_letters_digits_or_dashes(tmp_path: Path, label: str) -> None:
    assert mistakes_in(tmp_path, GOOD.replace('label = "2"', f'label = "{label}"'))


def test_more_than_64_floors_are_refused(tmp_path: Path) -> None:
    floors = "".join(
        f'[[elevator.floor]]\ndoor = "f-{n}"\nlabel = "{n}"\nrelay = {{ pin = 20, active = "high" }}\n'
        for n in range(65)
    )
    told = mistakes_in(tmp_path, GOOD[: GOOD.index("[[elevator.floor]]")] + floors)

    assert any("64" in line for line in told)


@pytest.mark.parametrize(
    "nonsense", ["elevator = 5", "elevator = [5]", "elevator = [{ floor = 5 }]", "elevator = [{ floor = [5] }]"]
)
def test_elevators_of_any_shape_are_mistakes_and_no_crash(tmp_path: Path, nonsense: str) -> None:
    assert mistakes_in(tmp_path, f"{nonsense}\n{GOOD[: GOOD.index('[[elevator]]')]}")
