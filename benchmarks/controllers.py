"""A controller to measure: its configuration with some doors, each with an own line, and the paths of those lines."""

from pathlib import Path

from tests.door_folder import DoorFolder

MOST_DOORS = 8
_FIRST_PIN = 4

_HEAD = """
[controller]
site = "hq"
name = "pi-3"
root_keys = ["{root}"]

[board]
kind = "simulated"
socket = "run/board.sock"
"""
_DOOR = """
[[line]]
name = "line-{number}"
kind = "bridge"
port = "run/line-{number}"
simulated = true
[[line.reader]]
name = "reader-{number}"
number = 0
formats = ["H10301"]

[[door]]
id = "door-{number}"
readers = ["reader-{number}"]
strike = {{ pin = {strike}, active = "high" }}
contact = {{ pin = {contact}, active = "high" }}
led_green = {{ pin = {led}, active = "high" }}
lock = "fail-secure"
on_process_loss = "secured"
egress = "hardware"
unlock_seconds = {unlock_seconds}
open_grace_seconds = 0
"""


def a_controller(folder: Path, *, doors: int, unlock_seconds: float) -> DoorFolder:
    """Make the folder of a controller with doors ``door-1``, ``door-2`` …"""
    tables = [_HEAD.format(root="A" * 43)]
    for number in range(doors):
        strike, contact, led = (_FIRST_PIN + 3 * number + offset for offset in range(3))
        tables.append(
            _DOOR.format(number=number + 1, strike=strike, contact=contact, led=led, unlock_seconds=unlock_seconds)
        )
    return DoorFolder(folder, config="".join(tables))


def door_names(doors: int) -> list[str]:
    """Name the doors of such a controller."""
    return [f"door-{number + 1}" for number in range(doors)]


def line_paths(controller: DoorFolder, doors: int) -> list[Path]:
    """Return where the lines of its readers must be."""
    return [controller.run_dir / f"line-{number + 1}" for number in range(doors)]
