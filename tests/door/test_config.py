"""The door's configuration: every mistake at once, no pin driven twice, no simulated reader for real."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from doorctl.door.config.door_config import (
    DoorConfig,
    indicators_of,
    layout_of,
    read_door_config,
    refuse_pseudo_terminals,
    settings_of,
    signatures_of,
)
from doorctl.door.config.tables import INDICATORS, INPUTS
from doorctl.errors import ConfigError
from hardware.indicators import Role
from tests.door_rig import CONFIG

GOOD = CONFIG.format(root="A" * 43, unlock_seconds=3.0)
REAL_WITH_CHANGES = GOOD.replace('kind = "simulated"', 'kind = "raspberry-pi"')
REAL = REAL_WITH_CHANGES.replace('changes = "run/board.jsonl"\nsocket = "run/board.sock"\n', "")
SECOND_LINE = '[[line]]\nname = "back"\nkind = "em18"\nport = "run/back"\n\n[[door]]\nid = "floor-3"\n'
GOOD_WITH_TWO = GOOD.replace('[[door]]\nid = "floor-3"\n', SECOND_LINE).replace('["front"]', '["front", "back"]')

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str) -> Path:
        path = tmp_path / "controller.toml"
        path.write_text(text)
        return path

    return write_file


def mistakes_in(path: Path, *, lab: bool = False) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_door_config(path, lab=lab)
    return str(caught.value).splitlines()[1:]


def test_a_good_file_gives_doors_lines_and_board(write: Write) -> None:
    config = read_door_config(write(GOOD))

    assert [door.id for door in config.door] == ["floor-3", "server-room"]
    assert config.line[0].reader_names == ("front", "vault")
    assert settings_of(config.door[0]).rex_releases
    assert not settings_of(config.door[1]).has_contact
    assert indicators_of(config.door[0]) == {Role.LED_GREEN: "floor-3.led-green"}
    assert [item.name for item in layout_of(config.door, None).inputs] == ["floor-3.contact", "floor-3.rex"]


def test_six_mistakes_are_told_at_once_each_with_its_key(write: Write) -> None:
    wrong = (
        GOOD.replace("[board]", "[board]\ncolour = 1")
        .replace('lock = "fail-secure"', 'lock = "open"', 1)
        .replace('egress = "hardware"\n', "")
        .replace("number = 1", "number = 0")
        .replace("pin = 18", "pin = 17")
        .replace('readers = ["vault"]', 'readers = ["valut", "vault"]')
    )

    assert mistakes_in(write(wrong)) == [
        "board.colour: unknown key",
        "door[floor-3].lock: 'open' is none of fail-secure, fail-safe",
        "door[server-room].egress: missing",
        "door[floor-3].strike, door[server-room].strike: pin 17 is used 2 times: give each its own pin",
        "line[lobby].reader: number 0 is used 2 times",
        "door[server-room].readers: no line has a reader valut",
    ]


def test_a_door_has_the_times_of_its_table(write: Write) -> None:
    times = "held_open_seconds = 60\nheld_warning_seconds = 20\nopen_grace_seconds = 1\n"

    door, _ = read_door_config(write(GOOD.replace('egress = "rex"\n', f'egress = "rex"\n{times}', 1))).door

    settings = settings_of(door)
    assert (settings.unlock_seconds, settings.held_open_seconds) == (3.0, 60.0)
    assert (settings.held_warning_seconds, settings.open_grace_seconds) == (20.0, 1.0)


def test_a_pin_that_is_used_twice_is_told_with_both_users(write: Write) -> None:
    (told,) = mistakes_in(write(GOOD.replace("pin = 18", "pin = 27")))

    assert told == "door[server-room].strike, door[floor-3].contact: pin 27 is used 2 times: give each its own pin"


@pytest.mark.parametrize(
    ("right", "wrong", "key"),
    [
        ('egress = "rex"\n', "", "door[floor-3].egress: missing"),
        ('on_process_loss = "secured"\n', "", "door[floor-3].on_process_loss: missing"),
        ('lock = "fail-secure"\n', "", "door[floor-3].lock: missing"),
        ("rex = { pin = 22,", "knob = { pin = 22,", "door[floor-3].knob: unknown key"),
        ('readers = ["front"]', 'readers = ["fornt"]', "door[floor-3].readers: no line has a reader fornt"),
        ('readers = ["vault"]', 'readers = ["front"]', "door: the reader front is used 2 times"),
        (
            'readers = ["front"]',
            'readers = ["front"]\nexit_readers = ["front"]',
            "door: the reader front is used 2 times",
        ),
        (
            'readers = ["front"]',
            'readers = ["front"]\nexit_readers = ["fornt"]',
            "door[floor-3].exit_readers: no line has a reader fornt",
        ),
        ('name = "vault"', 'name = "front"', "line: the reader name front is used 2 times"),
        ('formats = ["H10301"]', 'formats = ["H10302x"]', "line[lobby].reader[front].formats: no Wiegand format"),
        ('port = "run/lobby"', 'port = ""', "line[lobby].port: "),
        ("number = 1", "number = 256", "line[lobby].reader[vault].number: 256 is not between"),
        ("simulated = true", 'terminator = "lf"', "line[lobby].terminator: a line of kind bridge does not have it"),
        ("simulated = true", "frames = 2", "line[lobby].frames: a line of kind bridge does not have it"),
        ("simulated = true", "baud = 300", "line[lobby].baud: 300 is not between"),
        ('kind = "bridge"', 'kind = "em18"', "line[lobby].reader: a line of kind em18 does not have it"),
        ("pin = 17", "pin = 1", "door[floor-3].strike: pin 1 is reserved"),
        ("unlock_seconds = 3.0", "unlock_seconds = 0", "door[floor-3].unlock_seconds"),
        (
            "unlock_seconds = 3.0",
            "unlock_seconds = 3.0\nheld_warning_seconds = -1",
            "door[floor-3].held_warning_seconds: Expected `float` >= 0",
        ),
        ("pin = 17", "pin = 99", "door[floor-3].strike.pin"),
    ],
)
def test_each_mistake_is_told(write: Write, right: str, wrong: str, key: str) -> None:
    assert right in GOOD

    told = mistakes_in(write(GOOD.replace(right, wrong, 1)))

    assert any(key in line for line in told), told


def test_two_lines_on_one_port_are_told_however_it_is_written(write: Write) -> None:
    assert read_door_config(write(GOOD_WITH_TWO)).line[1].kind == "em18"

    told = mistakes_in(write(GOOD_WITH_TWO.replace("run/back", "./run//lobby")))

    assert told == ["line[lobby].port, line[back].port: run/lobby is used 2 times: give each line its own port"]


@pytest.mark.parametrize("readers", ["", "reader = []\n"])
def test_a_bridge_needs_a_reader(write: Write, readers: str) -> None:
    bare = SECOND_LINE.replace('"em18"\n', '"bridge"\n' + readers)

    told = mistakes_in(write(GOOD.replace('[[door]]\nid = "floor-3"\n', bare)))

    assert "line[back].reader: a bridge needs at least one" in told


def test_a_real_board_has_no_changes_to_tell(write: Write) -> None:
    assert mistakes_in(write(REAL_WITH_CHANGES), lab=True) == [
        "board.changes: only a simulated board has it",
        "board.socket: only a simulated board has it",
    ]


@pytest.mark.parametrize("key", [*INPUTS, *INDICATORS])
def test_a_pin_of_every_part_of_a_door_is_watched(write: Write, key: str) -> None:
    with_it = GOOD.replace("strike = { pin = 18", f'{key} = {{ pin = 17, active = "high" }}\nstrike = {{ pin = 18')

    told = mistakes_in(write(with_it))

    assert told == [f"door[floor-3].strike, door[server-room].{key}: pin 17 is used 2 times: give each its own pin"]


def test_releasing_on_rex_needs_a_rex(write: Write) -> None:
    told = mistakes_in(write(GOOD.replace('rex = { pin = 22, active = "low" }\n', "")))

    assert told == ['door[floor-3].egress: "rex" needs a rex input']


@pytest.mark.parametrize("table", ["line", "door"])
def test_a_controller_without_doors_or_lines_is_refused(write: Write, table: str) -> None:
    start = GOOD.index("[[line]]")
    controller = GOOD[:start].replace("[controller]", f"{table} = []\n[controller]")

    assert any(line.startswith(f"{table}: ") for line in mistakes_in(write(controller)))


@pytest.mark.parametrize(
    "nonsense",
    ["door = 5", "line = 5", "door = [5]", "line = [[]]", 'door = [{ readers = 5, strike = "x" }]', "board = []"],
)
def test_tables_of_any_shape_are_mistakes_and_no_crash(write: Write, nonsense: str) -> None:
    assert mistakes_in(write(nonsense + "\n"))


def test_a_simulated_reader_on_a_real_board_needs_the_lab(write: Write) -> None:
    path = write(REAL)

    assert mistakes_in(path) == ["line[lobby].simulated: a simulated reader on a real board needs --lab"]
    assert read_door_config(path, lab=True).line[0].simulated


def real_config(write: Write) -> tuple[DoorConfig, Path]:
    path = write(REAL.replace("simulated = true\n", ""))
    return read_door_config(path), path


def test_a_pseudo_terminal_is_no_reader_of_a_real_board(write: Write, tmp_path: Path) -> None:
    config, path = real_config(write)
    near, far = os.openpty()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lobby").symlink_to(os.ttyname(far))

    with pytest.raises(ConfigError, match="pseudo-terminal"):
        refuse_pseudo_terminals(config, path)
    os.close(near)
    os.close(far)


def test_a_device_is_a_reader_of_a_real_board(write: Write, tmp_path: Path) -> None:
    config, path = real_config(write)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lobby").symlink_to("/dev/null")

    assert refuse_pseudo_terminals(config, path) is None  # type: ignore[func-returns-value]


def test_a_strict_door_names_its_zone_and_how_many_officers_sign(write: Write) -> None:
    strict = GOOD.replace('egress = "hardware"', 'egress = "hardware"\nstrict_zone = "vault"\nroster_signatures = 2')
    config = read_door_config(write(strict))

    assert [door.strict_zone for door in config.door] == [None, "vault"]
    assert signatures_of(config.door) == {"vault": 2}
    assert signatures_of([*config.door, msgspec.structs.replace(config.door[1], roster_signatures=1)]) == {"vault": 2}


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        (
            "roster_signatures = 2",
            "door[server-room].roster_signatures: only a door with a strict_zone asks for a roster",
        ),
        ('strict_zone = "vault"\nroster_signatures = 3', "door[server-room].roster_signatures"),
        ('strict_zone = "The Vault"', "door[server-room].strict_zone"),
    ],
)
def test_a_strict_door_that_is_set_up_wrongly_is_told(write: Write, keys: str, mistake: str) -> None:
    (told,) = mistakes_in(write(GOOD.replace('egress = "hardware"', f'egress = "hardware"\n{keys}')))

    assert mistake in told
