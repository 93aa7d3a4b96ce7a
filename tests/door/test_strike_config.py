"""Strikes at outputs of bridges in a controller's file: what they are, and every mistake by its key."""

from pathlib import Path

import pytest

from doorctl.door.config.door_config import BridgeStrike, layout_of, read_door_config, specs_of, strikes_at_bridges
from tests.door.test_input_config import GOOD, SECOND_BRIDGE, mistakes_in

AT_PIN = 'strike = { pin = 18, active = "high" }'
AT_BRIDGE = 'strike = { bridge = "lobby", output = 1 }'
ROOM = f'{AT_PIN}\nlock = "fail-secure"\non_process_loss = "secured"\negress = "hardware"\n'


def a_file(folder: Path, *changes: tuple[str, str], more: str = "") -> Path:
    """Write a good file, whose second door is changed so."""
    assert ROOM in GOOD
    room = ROOM
    for before, after in changes:
        assert before in room
        room = room.replace(before, after)
    path = folder / "controller.toml"
    path.write_text(GOOD.replace(ROOM, room) + more)
    return path


def test_a_strike_at_a_bridge_is_on_no_pin_and_belongs_to_its_line(tmp_path: Path) -> None:
    path = a_file(tmp_path, (AT_PIN, AT_BRIDGE), more=SECOND_BRIDGE)
    config = read_door_config(path)

    assert strikes_at_bridges(config.door) == {"server-room": BridgeStrike("lobby", 1)}
    assert [strike.name for strike in layout_of(config.door, config.board).strikes] == ["floor-3", "gate"]
    assert [spec.strikes for spec in specs_of(config, path)] == [(1,), ()]


@pytest.mark.parametrize(
    "wrong",
    [
        "{}",
        "{ pin = 18 }",
        '{ active = "high" }',
        '{ bridge = "lobby" }',
        "{ output = 1 }",
        '{ pin = 18, active = "high", output = 1 }',
        '{ pin = 18, active = "high", bridge = "lobby", output = 1 }',
        '{ bridge = "lobby", output = 1, active = "high" }',
        '{ bridge = "lobby", output = 1, pin = 18 }',
    ],
)
def test_a_strike_is_a_pin_with_its_level_or_a_bridge_with_its_output(tmp_path: Path, wrong: str) -> None:
    (told,) = mistakes_in(a_file(tmp_path, (AT_PIN, f"strike = {wrong}")))

    assert told.startswith("door[server-room].strike: give it a pin with the level that is active, or a bridge with")


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ("lobby", "attic", "strike.bridge: no line of kind bridge is called attic"),
        ('"fail-secure"', '"fail-safe"', 'lock: "fail-safe" needs a strike on a pin: a bridge that restarts drives'),
        (
            'process_loss = "secured"',
            'process_loss = "released"',
            'on_process_loss: "released" needs a strike on a pin: a bridge secures its strikes when it does not hear',
        ),
    ],
    ids=["no-bridge", "fail-safe", "released"],
)
def test_a_strike_at_a_bridge_that_cannot_do_what_is_asked_is_refused(
    tmp_path: Path, before: str, after: str, mistake: str
) -> None:
    told = mistakes_in(a_file(tmp_path, (AT_PIN, AT_BRIDGE), (before, after)))

    assert [line for line in told if line.startswith(f"door[server-room].{mistake}")] == told


def test_a_bridge_has_two_outputs(tmp_path: Path) -> None:
    told = mistakes_in(a_file(tmp_path, (AT_PIN, AT_BRIDGE.replace("1", "2"))))

    assert "door[server-room].strike.output: Expected `int` <= 1" in told


def test_a_way_out_does_not_hang_on_a_bridge(tmp_path: Path) -> None:
    rex = '"rex"\nrex = { pin = 23, active = "low" }'
    (told,) = mistakes_in(a_file(tmp_path, (AT_PIN, AT_BRIDGE), ('"hardware"', rex)))

    assert told == (
        'door[server-room].egress: "rex" needs a strike on a pin: a line that is cut, or a bridge that hangs, would '
        "keep people in"
    )


def test_two_strikes_are_not_at_one_output(tmp_path: Path) -> None:
    path = a_file(
        tmp_path, (AT_PIN, AT_BRIDGE), more=SECOND_BRIDGE.replace('{ pin = 19, active = "high" }', AT_BRIDGE[9:])
    )

    assert mistakes_in(path) == ["door[gate].strike.output: another strike is at output 1 of lobby"]


def test_a_bridge_that_is_no_bridge_drives_no_strike(tmp_path: Path) -> None:
    yard = 'strike = { bridge = "yard", output = 1 }'
    (told,) = mistakes_in(a_file(tmp_path, (AT_PIN, yard), more=SECOND_BRIDGE))

    assert told == "door[server-room].strike.bridge: no line of kind bridge is called yard"
