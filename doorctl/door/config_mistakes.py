"""What is wrong between the tables of a controller's file: pins and readers used twice, missing or left over.

It looks at the file as written, so that a mistake inside one table hides none between the tables.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hardware.board import BoardKind
from hardware.pins import (
    HIGHEST_PIN,
    LOWEST_PIN,
    ActiveLevel,
    Indicator,
    Input,
    Layout,
    Lock,
    Pull,
    Strike,
    StrikeState,
    mistakes,
)

Table = Mapping[str, Any]
_INPUTS = ("contact", "rex")
_INDICATORS = ("led_green", "led_red", "buzzer")


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    readers: tuple[str, ...]
    numbers: tuple[int, ...]
    simulated: bool


def mistakes_between(document: Table, *, lab: bool) -> Iterator[str]:
    """Name each mistake with its key; what is wrong inside a table is somebody else's to tell."""
    doors = _tables(document.get("door"))
    lines = [_line(table, index) for index, table in enumerate(_tables(document.get("line")))]
    board = document.get("board")
    yield from mistakes(_wiring(doors, board if isinstance(board, dict) else {}))
    yield from _line_mistakes(lines)
    yield from _door_mistakes(doors, lines)
    if isinstance(board, dict) and board.get("kind") == BoardKind.RASPBERRY_PI and not lab:
        for line in lines:
            if line.simulated:
                yield f"line[{line.name}].simulated: a simulated reader on a real board needs --lab"


def _line_mistakes(lines: list[_Line]) -> Iterator[str]:
    for name, times in Counter(name for line in lines for name in line.readers).items():
        if times > 1:
            yield f"line: the reader name {name} is used {times} times"
    for line in lines:
        for number, times in Counter(line.numbers).items():
            if times > 1:
                yield f"line[{line.name}].reader: number {number} is used {times} times"


def _door_mistakes(doors: list[Table], lines: list[_Line]) -> Iterator[str]:
    names = {name for line in lines for name in line.readers}
    readers_of = {_id(door, index): _texts(door.get("readers")) for index, door in enumerate(doors)}
    used = Counter(reader for readers in readers_of.values() for reader in readers)
    for index, door in enumerate(doors):
        if door.get("egress") == "rex" and "rex" not in door:
            yield f'door[{_id(door, index)}].egress: "rex" needs a rex input'
    for door_id, readers in readers_of.items():
        for reader in readers:
            if reader not in names:
                yield f"door[{door_id}].readers: no line has a reader {reader}"
    for reader, times in used.items():
        if times > 1:
            yield f"door: the reader {reader} is used by {times} doors"
    if all(readers_of.values()):
        for reader in sorted(names - set(used)):
            yield f"line: the reader {reader} belongs to no door"


def _wiring(doors: list[Table], board: Table) -> Layout:
    """Return what is on which pin; how it is wired does not matter here."""
    strikes: list[Strike] = []
    inputs: list[Input] = []
    indicators: list[Indicator] = []
    for index, door in enumerate(doors):
        name = _id(door, index)
        for pin in _pin(door.get("strike")):
            strikes.append(Strike(name, pin, ActiveLevel.HIGH, Lock.FAIL_SECURE, StrikeState.SECURED))
        for role in _INPUTS:
            for pin in _pin(door.get(role)):
                inputs.append(Input(f"{name}.{role}", pin, ActiveLevel.HIGH, Pull.UP))
        for role in _INDICATORS:
            for pin in _pin(door.get(role)):
                indicators.append(Indicator(f"{name}.{role}", pin, ActiveLevel.HIGH))
    for pin in _pin(board.get("fire")):
        inputs.append(Input("fire", pin, ActiveLevel.HIGH, Pull.UP))
    return Layout(tuple(strikes), tuple(inputs), tuple(indicators))


def _line(table: Table, index: int) -> _Line:
    name = _text(table.get("name"), default=str(index))
    readers = _tables(table.get("reader"))
    return _Line(
        name,
        tuple(_texts([reader.get("name") for reader in readers])) or (name,),
        tuple(number for reader in readers if isinstance(number := reader.get("number"), int)),
        simulated=table.get("simulated") is True,
    )


def _id(door: Table, index: int) -> str:
    return _text(door.get("id"), default=str(index))


def _pin(table: object) -> tuple[int, ...]:
    pin = table.get("pin") if isinstance(table, dict) else None
    if isinstance(pin, bool) or not isinstance(pin, int) or not LOWEST_PIN <= pin <= HIGHEST_PIN:
        return ()
    return (pin,)


def _tables(value: object) -> list[Table]:
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [member for member in value if isinstance(member, str)] if isinstance(value, list) else []


def _text(value: object, *, default: str) -> str:
    return value if isinstance(value, str) and value else default
