"""A controller's file with an elevator of three floors beside a door, and the building that its policy knows."""

from doorctl.core.model import ZoneKind
from doorctl.policy.rows import DoorRow, Row, ZoneRow
from tests.door_rig import CONFIG

GROUND, FIRST, SECOND = FLOORS = ("lift-ground", "lift-first", "lift-second")
ELEVATOR = """
[[elevator]]
id = "lift"
readers = ["vault"]
lock = "fail-secure"
on_process_loss = "secured"
enable_seconds = {unlock_seconds}

[[elevator.floor]]
door = "lift-ground"
label = "G"
relay = {{ pin = 18, active = "high" }}
button = {{ pin = 12, active = "high" }}

[[elevator.floor]]
door = "lift-first"
label = "1"
relay = {{ pin = 19, active = "high" }}
button = {{ pin = 13, active = "high" }}

[[elevator.floor]]
door = "lift-second"
label = "2"
relay = {{ pin = 20, active = "high" }}
"""
LIFT_CONFIG = (
    CONFIG[: CONFIG.rindex("[[door]]")].replace(
        'socket = "run/board.sock"\n', 'socket = "run/board.sock"\nfire = {{ pin = 26, active = "high" }}\n'
    )
    + ELEVATOR
)
"""The reader that was the server room's is in the cabin."""
LIFT_BUILDING: tuple[Row, ...] = (
    *(ZoneRow(id=zone, kind=ZoneKind.FLOOR) for zone in ("ground", "first", "second")),
    *(DoorRow(id=floor, zone=floor.removeprefix("lift-")) for floor in FLOORS),
)
