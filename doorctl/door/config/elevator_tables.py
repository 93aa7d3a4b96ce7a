"""``[[elevator]]`` of a controller's file with its ``[[elevator.floor]]``, and what is made of them."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from doorctl.config import Seconds
from doorctl.core.machines.elevator import CabinSettings, OnFire
from doorctl.door.config.tables import InputTable, OutputTable
from doorctl.door.elevator import Floor
from doorctl.policy.rows import Name
from hardware.pins import Lock, StrikeState

MOST_FLOORS = 64
BUTTON = "button"
"""What stands behind the floor's door in the name of the input of its button."""


class FloorTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[elevator.floor]]``: one floor, which is a door to the policy, and the relay that lets its button count."""

    door: Name
    label: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,3}\Z")]
    relay: OutputTable
    button: InputTable | None = None
    strict_zone: Name | None = None
    roster_signatures: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1


class ElevatorTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[elevator]]``: a cabin with its reader, and a relay for each floor."""

    id: Name
    readers: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    lock: Lock
    on_process_loss: StrikeState
    floor: Annotated[tuple[FloorTable, ...], msgspec.Meta(min_length=1, max_length=MOST_FLOORS)]
    on_fire: OnFire = OnFire.ENABLED
    enable_seconds: Seconds = 8.0
    led_green: OutputTable | None = None
    led_red: OutputTable | None = None
    buzzer: OutputTable | None = None
    late_seconds: Annotated[float, msgspec.Meta(gt=0, le=10)] = 2.0


def floors_of(elevators: Sequence[ElevatorTable]) -> Iterator[FloorTable]:
    """Return the floors of all cabins: each is a door of the controller."""
    return (floor for elevator in elevators for floor in elevator.floor)


def cabin_settings_of(elevator: ElevatorTable) -> CabinSettings:
    """Return what the core needs to know of a cabin."""
    floors = tuple(floor.door for floor in elevator.floor)
    return CabinSettings(floors, enable_seconds=elevator.enable_seconds, on_fire=elevator.on_fire)


def cabin_floors_of(elevator: ElevatorTable) -> list[Floor]:
    """Return the floors as the cabin has them."""
    return [Floor(floor.door, floor.label, floor.strict_zone) for floor in elevator.floor]
