"""What is wrong between the tables of a controller's file: pins and readers used twice, missing or left over.

It looks at the file as written, so that a mistake inside one table hides none between the tables.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from os.path import normpath
from typing import Any

from doorctl.core.rules.interlock import InterlockWhile
from doorctl.door.config.tables import FIRE_INPUT, INDICATORS, INPUTS, Egress
from firmware_bridge.reader_options import ReaderKind
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
_OF_THE_SIMULATED_BOARD = ("changes", "socket")
_OF_A_BRIDGE = frozenset({"reader"})
_OF_A_TEXT_READER = frozenset({"frames", "repeat_seconds"})
_OF_A_LINE_READER = frozenset({"number", "terminator", "prefix", "suffix", "skip", "card_prefix"})
_KEYS_OF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(ReaderKind, _OF_A_TEXT_READER),
    ReaderKind.BRIDGE: _OF_A_BRIDGE,
    ReaderKind.LINE: _OF_A_TEXT_READER | _OF_A_LINE_READER,
}


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    kind: str
    port: str
    keys: tuple[str, ...]
    readers: tuple[str, ...]
    numbers: tuple[int, ...]
    simulated: bool


def mistakes_between(document: Table, *, lab: bool) -> Iterator[str]:
    """Name each mistake with its key; what is wrong inside a table is somebody else's to tell."""
    doors = _tables(document.get("door"))
    lines = [_line(table, index) for index, table in enumerate(_tables(document.get("line")))]
    board = document.get("board")
    yield from mistakes(_wiring(doors, board if isinstance(board, dict) else {}), label=attrgetter("name"))
    yield from _line_mistakes(lines)
    for line in lines:
        yield from _foreign_keys(line)
    yield from _door_mistakes(doors, lines)
    yield from _interlock_mistakes({_id(door, index): door for index, door in enumerate(doors)})
    if isinstance(board, dict) and board.get("kind") == BoardKind.RASPBERRY_PI:
        yield from _real_board_mistakes(board, lines, lab=lab)


def _real_board_mistakes(board: Table, lines: list[_Line], *, lab: bool) -> Iterator[str]:
    for key in _OF_THE_SIMULATED_BOARD:
        if key in board:
            yield f"board.{key}: only a simulated board has it"
    for line in lines:
        if line.simulated and not lab:
            yield f"line[{line.name}].simulated: a simulated reader on a real board needs --lab"


def _line_mistakes(lines: list[_Line]) -> Iterator[str]:
    for name, times in Counter(name for line in lines for name in line.readers).items():
        if times > 1:
            yield f"line: the reader name {name} is used {times} times"
    for port, times in Counter(line.port for line in lines if line.port).items():
        if times > 1:
            users = ", ".join(f"line[{line.name}].port" for line in lines if line.port == port)
            yield f"{users}: {port} is used {times} times: give each line its own port"
    for line in lines:
        for number, times in Counter(line.numbers).items():
            if times > 1:
                yield f"line[{line.name}].reader: number {number} is used {times} times"


def _foreign_keys(line: _Line) -> Iterator[str]:
    """Name the keys that mean nothing at a line of this kind, and a bridge without readers."""
    if line.kind not in _KEYS_OF:
        return
    for key in line.keys:
        if key not in _KEYS_OF[line.kind] and any(key in keys for keys in _KEYS_OF.values()):
            yield f"line[{line.name}].{key}: a line of kind {line.kind} does not have it"
    if line.kind == ReaderKind.BRIDGE and "reader" not in line.keys:
        yield f"line[{line.name}].reader: a bridge needs at least one"


def _door_mistakes(doors: list[Table], lines: list[_Line]) -> Iterator[str]:
    names = {name for line in lines for name in line.readers}
    readers_of = {_id(door, index): _texts(door.get("readers")) for index, door in enumerate(doors)}
    used = Counter(reader for readers in readers_of.values() for reader in readers)
    for index, door in enumerate(doors):
        if door.get("egress") == Egress.REX and "rex" not in door:
            yield f'door[{_id(door, index)}].egress: "rex" needs a rex input'
        if "roster_signatures" in door and "strict_zone" not in door:
            yield f"door[{_id(door, index)}].roster_signatures: only a door with a strict_zone asks for a roster"
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


def _interlock_mistakes(doors: Mapping[str, Table]) -> Iterator[str]:
    for id_, door in doors.items():
        others = _texts(door.get("interlock"))
        if "interlock_while" in door and not others:
            yield f"door[{id_}].interlock_while: only a door with an interlock has it"
        for other in others:
            if mistake := _mistake_with(other, id_, doors):
                yield f"door[{id_}].interlock: {mistake}"


def _mistake_with(other: str, id_: str, doors: Mapping[str, Table]) -> str | None:
    """Tell why a door cannot stay locked because of another; doors name each other, so that neither is forgotten."""
    if other == id_:
        return "a door is not interlocked with itself"
    if other not in doors:
        return f"there is no door {other}"
    if id_ not in _texts(doors[other].get("interlock")):
        return f"{other} does not name {id_} in its interlock: each names the other"
    if doors[id_].get("interlock_while") != InterlockWhile.UNLOCKED and "contact" not in doors[other]:
        return f'{other} has no contact to tell that it is closed: give it one, or set interlock_while = "unlocked"'
    return None


def _wiring(doors: list[Table], board: Table) -> Layout:
    """Return what is on which pin, named by its key; how it is wired does not matter here."""
    strikes: list[Strike] = []
    inputs: list[Input] = []
    indicators: list[Indicator] = []
    for index, door in enumerate(doors):
        key = f"door[{_id(door, index)}]"
        for pin in _pin(door.get("strike")):
            strikes.append(Strike(f"{key}.strike", pin, ActiveLevel.HIGH, Lock.FAIL_SECURE, StrikeState.SECURED))
        for role in INPUTS:
            for pin in _pin(door.get(role)):
                inputs.append(Input(f"{key}.{role}", pin, ActiveLevel.HIGH, Pull.UP))
        for role in INDICATORS:
            for pin in _pin(door.get(role)):
                indicators.append(Indicator(f"{key}.{role}", pin, ActiveLevel.HIGH))
    for pin in _pin(board.get(FIRE_INPUT)):
        inputs.append(Input(f"board.{FIRE_INPUT}", pin, ActiveLevel.HIGH, Pull.UP))
    return Layout(tuple(strikes), tuple(inputs), tuple(indicators))


def _line(table: Table, index: int) -> _Line:
    name = _text(table.get("name"), default=str(index))
    readers = _tables(table.get("reader"))
    port = _text(table.get("port"), default="")
    return _Line(
        name,
        _text(table.get("kind"), default=""),
        normpath(port) if port else "",
        tuple(key for key, value in table.items() if value != []),
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
