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
from doorctl.door.config.elevator_mistakes import elevator_mistakes, floors_in, is_floor
from doorctl.door.config.elevator_tables import BUTTON
from doorctl.door.config.tables import BOARD_INPUTS, INDICATORS, INPUTS, Egress
from firmware_bridge.reader_options import HAS_READERS, ReaderKind
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
_WITH_READERS = frozenset({"reader"})
_OF_A_TEXT_READER = frozenset({"frames", "repeat_seconds"})
_OF_A_LINE_READER = frozenset({"number", "terminator", "prefix", "suffix", "skip", "card_prefix"})
_KEYS_OF: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(ReaderKind, _OF_A_TEXT_READER),
    **dict.fromkeys(HAS_READERS, _WITH_READERS),
    ReaderKind.LINE: _OF_A_TEXT_READER | _OF_A_LINE_READER,
}
_A_LINE_OF: Mapping[str, str] = {ReaderKind.BRIDGE: "a bridge", ReaderKind.OSDP: "an OSDP line"}
_NOT_AT_A_BRIDGE: Mapping[tuple[str, str], str] = {
    ("lock", Lock.FAIL_SAFE): "a bridge that restarts drives none, which opens this lock",
    ("on_process_loss", StrikeState.RELEASED): "a bridge secures its strikes when it does not hear us",
    ("egress", Egress.REX): "a line that is cut, or a bridge that hangs, would keep people in",
}
"""What a door with its strike at a bridge cannot be."""


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
    elevators = _tables(document.get("elevator"))
    yield from mistakes(_wiring(doors, elevators, board if isinstance(board, dict) else {}), label=attrgetter("name"))
    yield from _line_mistakes(lines)
    for line in lines:
        yield from _foreign_keys(line)
    yield from _door_mistakes(doors, elevators, lines)
    yield from elevator_mistakes(elevators, doors)
    yield from _input_mistakes(doors, elevators, board if isinstance(board, dict) else {}, lines)
    yield from _strike_mistakes(doors, lines)
    yield from _interlock_mistakes({_id(door, index): door for index, door in enumerate(doors)}, elevators)
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
    if line.kind in HAS_READERS and "reader" not in line.keys:
        yield f"line[{line.name}].reader: {_A_LINE_OF[line.kind]} needs at least one"
    if line.kind == ReaderKind.OSDP and line.simulated:
        yield f"line[{line.name}].simulated: there is no simulated OSDP reader"


def _door_mistakes(doors: list[Table], elevators: list[Table], lines: list[_Line]) -> Iterator[str]:
    names = {name for line in lines for name in line.readers}
    readers_of = {
        f"{kind}[{_id(table, index)}]": _texts(table.get("readers"))
        for kind, tables in (("door", doors), ("elevator", elevators))
        for index, table in enumerate(tables)
    }
    inside_of = {f"door[{_id(door, index)}]": _texts(door.get("exit_readers")) for index, door in enumerate(doors)}
    used = Counter(reader for each in (readers_of, inside_of) for readers in each.values() for reader in readers)
    for index, door in enumerate(doors):
        if door.get("egress") == Egress.REX and "rex" not in door:
            yield f'door[{_id(door, index)}].egress: "rex" needs a rex input'
        if "roster_signatures" in door and "strict_zone" not in door:
            yield f"door[{_id(door, index)}].roster_signatures: only a door with a strict_zone asks for a roster"
    for word, places in (("readers", readers_of), ("exit_readers", inside_of)):
        for key, readers in places.items():
            for reader in readers:
                if reader not in names:
                    yield f"{key}.{word}: no line has a reader {reader}"
    for reader, times in used.items():
        if times > 1:
            yield f"door: the reader {reader} is used {times} times"
    if all(readers_of.values()):
        for reader in sorted(names - set(used)):
            yield f"line: the reader {reader} belongs to no door"


def _input_mistakes(doors: list[Table], elevators: list[Table], board: Table, lines: list[_Line]) -> Iterator[str]:
    """Name inputs whose lines lead nowhere, or to where another leads, and a way out that hangs on a line."""
    kinds = {line.name: line.kind for line in lines}
    taken = Counter[tuple[str, object]]()
    for key, table in _inputs(doors, elevators, board):
        bridge, channel = _text(table.get("bridge"), default=""), table.get("channel")
        if not bridge:
            continue
        if kinds.get(bridge) != ReaderKind.BRIDGE:
            yield f"{key}.bridge: no line of kind bridge is called {bridge}"
        taken[bridge, channel] += 1
        if taken[bridge, channel] > 1:
            yield f"{key}.channel: another input is at channel {channel} of {bridge}"
    for index, door in enumerate(doors):
        if door.get("egress") == Egress.REX and isinstance(rex := door.get("rex"), dict) and "bridge" in rex:
            yield (
                f'door[{_id(door, index)}].rex: with egress = "rex" it must be on a pin: a line that is cut, or a '
                "bridge that hangs, would keep people in"
            )


def _strike_mistakes(doors: list[Table], lines: list[_Line]) -> Iterator[str]:
    """Name strikes at outputs of bridges that are not there, or where a bridge cannot do what the door is to do."""
    kinds = {line.name: line.kind for line in lines}
    taken = Counter[tuple[str, object]]()
    for index, door in enumerate(doors):
        key, strike = f"door[{_id(door, index)}]", door.get("strike")
        bridge = _text(strike.get("bridge"), default="") if isinstance(strike, dict) else ""
        if not bridge or not isinstance(strike, dict):
            continue
        if kinds.get(bridge) != ReaderKind.BRIDGE:
            yield f"{key}.strike.bridge: no line of kind bridge is called {bridge}"
        taken[bridge, strike.get("output")] += 1
        if taken[bridge, strike.get("output")] > 1:
            yield f"{key}.strike.output: another strike is at output {strike.get('output')} of {bridge}"
        for (word, value), why in _NOT_AT_A_BRIDGE.items():
            if door.get(word) == value:
                yield f'{key}.{word}: "{value}" needs a strike on a pin: {why}'


def _inputs(doors: list[Table], elevators: list[Table], board: Table) -> Iterator[tuple[str, Table]]:
    for index, door in enumerate(doors):
        for role in INPUTS:
            if isinstance(table := door.get(role), dict):
                yield f"door[{_id(door, index)}].{role}", table
    for index, elevator in enumerate(elevators):
        for named, floor in _floors(f"elevator[{_id(elevator, index)}]", elevator):
            if isinstance(table := floor.get(BUTTON), dict):
                yield f"{named}.{BUTTON}", table
    for role in BOARD_INPUTS:
        if isinstance(table := board.get(role), dict):
            yield f"board.{role}", table


def _floors(key: str, elevator: Table) -> Iterator[tuple[str, Table]]:
    for number, floor in enumerate(floors_in(elevator)):
        yield f"{key}.floor[{_text(floor.get('door'), default=str(number))}]", floor


def _interlock_mistakes(doors: Mapping[str, Table], elevators: list[Table]) -> Iterator[str]:
    for id_, door in doors.items():
        others = _texts(door.get("interlock"))
        if "interlock_while" in door and not others:
            yield f"door[{id_}].interlock_while: only a door with an interlock has it"
        for other in others:
            if is_floor(other, elevators):
                yield f"door[{id_}].interlock: {other} is a floor of an elevator, which waits for no door"
            elif mistake := _mistake_with(other, id_, doors):
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


def _wiring(doors: list[Table], elevators: list[Table], board: Table) -> Layout:
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
        indicators += _indicators(key, door)
    for index, elevator in enumerate(elevators):
        key = f"elevator[{_id(elevator, index)}]"
        indicators += _indicators(key, elevator)
        for named, floor in _floors(key, elevator):
            for pin in _pin(floor.get("relay")):
                strikes.append(Strike(f"{named}.relay", pin, ActiveLevel.HIGH, Lock.FAIL_SECURE, StrikeState.SECURED))
            for pin in _pin(floor.get(BUTTON)):
                inputs.append(Input(f"{named}.{BUTTON}", pin, ActiveLevel.HIGH, Pull.UP))
    for role in BOARD_INPUTS:
        for pin in _pin(board.get(role)):
            inputs.append(Input(f"board.{role}", pin, ActiveLevel.HIGH, Pull.UP))
    return Layout(tuple(strikes), tuple(inputs), tuple(indicators))


def _indicators(key: str, table: Table) -> list[Indicator]:
    return [Indicator(f"{key}.{role}", pin, ActiveLevel.HIGH) for role in INDICATORS for pin in _pin(table.get(role))]


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
