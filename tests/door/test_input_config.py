"""Inputs in a controller's file: on pins or at the ends of supervised lines, every mistake by its key."""

from pathlib import Path

import pytest

from doorctl.door.config.door_config import layout_of, read_door_config, specs_of
from doorctl.errors import ConfigError
from firmware_bridge.supervised_line import AlarmWhen, Resistors, SupervisedInput
from tests.door_rig import CONFIG

GOOD = CONFIG.format(root="A" * 43, unlock_seconds=3.0)
FLOOR, ROOM, BOARD = 'egress = "rex"\n', 'egress = "hardware"\n', 'socket = "run/board.sock"\n'
CONTACT = 'contact = { bridge = "lobby", channel = 0, active = "open", resistors = "2k2/4k7" }\n'
HOUSING = (
    'tamper = { pin = 6, active = "high" }\n'
    + 'mains = { pin = 13, active = "low", pull = "off" }\n'
    + 'battery = { bridge = "lobby", channel = 7, active = "closed", resistors = "1k/1k", pull_up = "2k2" }\n'
)
SECOND_BRIDGE = (
    '[[line]]\nname = "yard"\nkind = "em18"\nport = "run/yard"\n\n[[door]]\nid = "gate"\nreaders = ["yard"]\n'
    'strike = { pin = 19, active = "high" }\nlock = "fail-secure"\non_process_loss = "secured"\negress = "hardware"\n'
)


def a_file(folder: Path, *, room: str = "", board: str = "", more: str = "") -> Path:
    """Write a good file with these lines added to the second door, to the board, and at its end."""
    path = folder / "controller.toml"
    path.write_text(GOOD.replace(ROOM, ROOM + room).replace(BOARD, BOARD + board) + more)
    return path


def mistakes_in(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_door_config(path)
    return str(caught.value).splitlines()[1:]


def test_inputs_are_on_pins_and_at_the_ends_of_lines(tmp_path: Path) -> None:
    path = a_file(tmp_path, room=CONTACT, board=HOUSING)
    config = read_door_config(path)

    (lobby,) = specs_of(config, path)
    pins = [item.name for item in layout_of(config.door, config.board).inputs]
    assert pins == ["floor-3.contact", "floor-3.rex", "tamper", "mains"]
    assert lobby.inputs == {
        0: SupervisedInput("server-room.contact", Resistors(2200, 4700, 4700), AlarmWhen.OPEN),
        7: SupervisedInput("battery", Resistors(1000, 1000, 2200), AlarmWhen.CLOSED),
    }


def test_an_input_belongs_to_the_bridge_that_it_names_alone(tmp_path: Path) -> None:
    path = a_file(tmp_path, room=CONTACT, more=SECOND_BRIDGE)
    config = read_door_config(path)

    assert [list(spec.inputs) for spec in specs_of(config, path)] == [[0], []]


def test_a_fault_of_the_fire_line_is_no_fire_unless_the_file_says_so(tmp_path: Path) -> None:
    usual = read_door_config(a_file(tmp_path)).board.fault_is_fire
    wanted = read_door_config(a_file(tmp_path, board="fault_is_fire = true\n")).board.fault_is_fire

    assert (usual, wanted) == (False, True)


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        ('{ active = "high" }', "give it a pin, or a bridge with a channel: one of them"),
        ('{ pin = 23, bridge = "lobby", active = "high" }', "give it a pin, or a bridge"),
        ('{ bridge = "lobby", channel = 0, pull = "up", active = "open", resistors = "1k/1k" }', "give it a pin, or"),
        ('{ pin = 23, active = "high", channel = 1 }', "channel, resistors and pull_up are those of a line"),
        ('{ pin = 23, active = "high", pull_up = "4k7" }', "channel, resistors and pull_up are those of a line"),
        ('{ pin = 23, active = "open" }', "active: a pin is high or low"),
        ('{ bridge = "lobby", channel = 0, active = "low", resistors = "1k/1k" }', "active: a contact at the end of"),
        ('{ bridge = "lobby", active = "open", resistors = "1k/1k" }', "a line to a bridge has a channel and resist"),
        ('{ bridge = "lobby", channel = 0, active = "open" }', "a line to a bridge has a channel and resistors"),
        ('{ bridge = "lobby", channel = 0, active = "open", resistors = "1k" }', "resistors: 1k is no pair"),
        (
            '{ bridge = "lobby", channel = 0, active = "open", resistors = "1k/1k", pull_up = "100k" }',
            "resistors: 1k/1k with a pull-up of 100k: two states are 1% of the supply",
        ),
    ],
)
def test_an_input_that_cannot_be_is_refused_by_its_key(tmp_path: Path, wrong: str, mistake: str) -> None:
    (told,) = mistakes_in(a_file(tmp_path, room=f"tamper = {wrong}\n"))

    assert told.startswith(f"door[server-room].tamper: {mistake}")


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (CONTACT.replace("channel = 0", "channel = 8"), "door[server-room].contact.channel: Expected `int` <= 7"),
        (
            CONTACT.replace("lobby", "attic"),
            "door[server-room].contact.bridge: no line of kind bridge is called attic",
        ),
        (CONTACT.replace('"open"', '"ajar"'), "door[server-room].contact.active: 'ajar' is none of high, low, open"),
        (
            CONTACT + CONTACT.replace("contact", "tamper"),
            "door[server-room].tamper.channel: another input is at channel 0 of lobby",
        ),
        (
            'tamper = { pin = 17, active = "high" }\n',
            "door[floor-3].strike, door[server-room].tamper: pin 17 is used",
        ),
    ],
)
def test_an_input_that_leads_nowhere_or_elsewhere_is_refused_by_its_key(tmp_path: Path, wrong: str, key: str) -> None:
    told, *_ = mistakes_in(a_file(tmp_path, room=wrong))

    assert told.startswith(key)


def test_a_line_to_something_else_than_a_bridge_is_refused(tmp_path: Path) -> None:
    (told,) = mistakes_in(a_file(tmp_path, room=CONTACT.replace("lobby", "yard"), more=SECOND_BRIDGE))

    assert told == "door[server-room].contact.bridge: no line of kind bridge is called yard"


def test_the_boards_inputs_share_no_pin_and_no_channel_with_a_doors(tmp_path: Path) -> None:
    told = mistakes_in(
        a_file(
            tmp_path,
            room=CONTACT,
            board=HOUSING.replace("channel = 7", "channel = 0").replace("pin = 13", "pin = 17"),
        )
    )

    assert told == [
        "door[floor-3].strike, board.mains: pin 17 is used 2 times: give each its own pin",
        "board.battery.channel: another input is at channel 0 of lobby",
    ]


def test_a_way_out_does_not_hang_on_a_line(tmp_path: Path) -> None:
    rex = 'rex = { bridge = "lobby", channel = 1, active = "closed", resistors = "2k2/4k7" }\n'
    path = a_file(tmp_path, room=rex)
    beside_wiring = read_door_config(path).door[1].rex
    path.write_text(path.read_text().replace(ROOM, FLOOR))

    assert beside_wiring is not None
    (told,) = mistakes_in(path)
    assert told.startswith('door[server-room].rex: with egress = "rex" it must be on a pin')
