"""The interlock of a controller's file: each door names the other, and needs its contact where opening counts."""

from pathlib import Path

import pytest

from doorctl.core.rules.interlock import InterlockWhile
from doorctl.door.config.door_config import interlock_of, read_door_config
from doorctl.door.interlock import Others
from doorctl.errors import ConfigError
from tests.door_rig import CONFIG

GOOD = CONFIG.format(root="A" * 43, unlock_seconds=3.0)
FLOOR, ROOM = 'egress = "rex"\n', 'egress = "hardware"\n'
CONTACT = 'contact = { pin = 23, active = "high" }\n'
WHILE_UNLOCKED = 'interlock_while = "unlocked"\n'
NAMES_ROOM, NAMES_FLOOR = 'interlock = ["server-room"]\n', 'interlock = ["floor-3"]\n'


def a_file(folder: Path, *, floor: str, room: str) -> Path:
    """Write a good file with these lines added to its doors."""
    path = folder / "controller.toml"
    path.write_text(GOOD.replace(FLOOR, FLOOR + floor).replace(ROOM, ROOM + room))
    return path


def test_doors_without_an_interlock_are_free(tmp_path: Path) -> None:
    config = read_door_config(a_file(tmp_path, floor="", room=""))

    assert interlock_of(config.door) == {}


def test_two_doors_are_interlocked_each_in_its_way(tmp_path: Path) -> None:
    config = read_door_config(a_file(tmp_path, floor=NAMES_ROOM + WHILE_UNLOCKED, room=NAMES_FLOOR))

    assert interlock_of(config.door) == {
        "floor-3": Others(("server-room",), InterlockWhile.UNLOCKED),
        "server-room": Others(("floor-3",), InterlockWhile.UNLOCKED_OR_OPEN),
    }


def test_a_door_with_a_contact_counts_until_it_is_closed(tmp_path: Path) -> None:
    config = read_door_config(a_file(tmp_path, floor=NAMES_ROOM, room=NAMES_FLOOR + CONTACT))

    assert interlock_of(config.door)["floor-3"] == Others(("server-room",), InterlockWhile.UNLOCKED_OR_OPEN)


@pytest.mark.parametrize(
    ("floor", "room", "mistakes"),
    [
        (
            'interlock = ["vault"]\n',
            "",
            ["door[floor-3].interlock: there is no door vault"],
        ),
        (
            'interlock = ["floor-3"]\n',
            "",
            ["door[floor-3].interlock: a door is not interlocked with itself"],
        ),
        (
            "",
            NAMES_FLOOR,
            ["door[server-room].interlock: floor-3 does not name server-room in its interlock: each names the other"],
        ),
        (
            NAMES_ROOM,
            NAMES_FLOOR,
            [
                "door[floor-3].interlock: server-room has no contact to tell that it is closed: "
                'give it one, or set interlock_while = "unlocked"'
            ],
        ),
        (WHILE_UNLOCKED, "", ["door[floor-3].interlock_while: only a door with an interlock has it"]),
        (
            NAMES_ROOM + 'interlock_while = "closed"\n',
            NAMES_FLOOR + CONTACT,
            ["door[floor-3].interlock_while: 'closed' is none of unlocked, unlocked-or-open"],
        ),
        ("interlock = 5\n", "", ["door[floor-3].interlock: Expected `array`, got `int`"]),
    ],
    ids=["unknown", "itself", "one-sided", "without-contact", "while-alone", "unknown-word", "no-list"],
)
def test_a_mistake_is_told_by_the_door_it_is_at(tmp_path: Path, floor: str, room: str, mistakes: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        read_door_config(a_file(tmp_path, floor=floor, room=room))

    assert str(caught.value).splitlines()[1:] == mistakes
