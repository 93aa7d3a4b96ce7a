"""What is wrong with elevators in a controller's file: names and labels used twice, rosters without a strict zone.

It looks at the file as written, like `config_mistakes.py`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Table = Mapping[str, Any]


def elevator_mistakes(elevators: Sequence[Table], doors: Sequence[Table]) -> Iterator[str]:
    """Name each mistake with its key; what is wrong inside a table is somebody else's to tell."""
    if not doors and not elevators:
        yield "door: there is none, and no elevator either: give the controller one of them"
    names = Counter(
        name
        for table in (*doors, *elevators)
        for name in (table.get("id"), *(floor.get("door") for floor in floors_in(table)))
        if isinstance(name, str)
    )
    for name, times in names.items():
        if times > 1 and _is_of_elevator(name, elevators):
            yield f"elevator: {name} is the name of {times} doors, floors or elevators: give each its own"
    for elevator in elevators:
        yield from _label_mistakes(elevator)
        for floor in floors_in(elevator):
            if "roster_signatures" in floor and "strict_zone" not in floor:
                key = f"elevator[{elevator.get('id')}].floor[{floor.get('door')}].roster_signatures"
                yield f"{key}: only a floor with a strict_zone asks for a roster"


def floors_in(table: Table) -> list[Table]:
    """Return the floors of an elevator as they are written."""
    floors = table.get("floor")
    return [floor for floor in floors if isinstance(floor, dict)] if isinstance(floors, list) else []


def is_floor(name: str, elevators: Sequence[Table]) -> bool:
    """Tell whether this is the door of a floor."""
    return any(floor.get("door") == name for elevator in elevators for floor in floors_in(elevator))


def _is_of_elevator(name: str, elevators: Sequence[Table]) -> bool:
    return is_floor(name, elevators) or any(elevator.get("id") == name for elevator in elevators)


def _label_mistakes(elevator: Table) -> Iterator[str]:
    labels = Counter(label for floor in floors_in(elevator) if isinstance(label := floor.get("label"), str))
    for label, times in labels.items():
        if times > 1:
            yield f"elevator[{elevator.get('id')}].floor: the label {label} is used {times} times"
