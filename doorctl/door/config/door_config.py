"""What the door process uses of a controller's configuration file, and what it makes of it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from doorctl.config import CONTROLLER_TABLES, ControllerTable, read_config, resolve
from doorctl.core.classes import ReaderClass
from doorctl.core.machines.door_state import DoorSettings
from doorctl.door.config.elevator_tables import ElevatorTable, FloorTable
from doorctl.door.config.mistakes import mistakes_between
from doorctl.door.config.tables import (
    INDICATORS,
    AuditTable,
    BoardTable,
    DoorTable,
    Egress,
    LineTable,
    OutputTable,
    StrikeTable,
)
from doorctl.door.config.wired_inputs import on_lines_to, on_pins
from doorctl.door.inputs.feedback import FeedbackTable
from doorctl.door.interlock import Others
from doorctl.errors import ConfigError
from firmware_bridge.reader_config import mistakes as reader_mistakes
from firmware_bridge.reader_options import LineOptions, ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.supervised_line import SupervisedInput
from hardware.indicators import Role
from hardware.pins import Indicator, Layout, Strike


@dataclass(frozen=True, slots=True)
class BridgeStrike:
    """A strike at an output of the bridge on this line."""

    bridge: str
    output: int


class DoorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the door process reads."""

    controller: ControllerTable
    board: BoardTable
    line: Annotated[tuple[LineTable, ...], msgspec.Meta(min_length=1)]
    door: tuple[DoorTable, ...] = ()
    elevator: tuple[ElevatorTable, ...] = ()
    audit: AuditTable = AuditTable()
    feedback: FeedbackTable = FeedbackTable()


def read_door_config(path: Path, *, lab: bool = False) -> DoorConfig:
    """Read and check a controller's file; every mistake is reported at once. Raises ConfigError.

    ``lab`` allows simulated readers on a real board, where they are refused otherwise.
    """

    def cross_check(pieces: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
        of_lines = [
            f"line[{line.name}].{mistake}"
            for line in pieces.get("line", ())
            for mistake in reader_mistakes(spec_of(line, path))
        ]
        return [*mistakes_between(document, lab=lab), *of_lines]

    return read_config(path, DoorConfig, others=CONTROLLER_TABLES, cross_check=cross_check)


def layout_of(
    doors: Sequence[DoorTable],
    board: BoardTable | None,
    elevators: Sequence[ElevatorTable] = (),
) -> Layout:
    """Return everything that is wired to the board's pins; a strike, or a floor's relay, has its door's name."""
    with_indicators: tuple[DoorTable | ElevatorTable, ...] = (*doors, *elevators)
    return Layout(
        strikes=(
            *(strike for door in doors for strike in _strike(door.id, door.strike, of=door)),
            *(
                strike
                for elevator in elevators
                for floor in elevator.floor
                for strike in _strike(floor.door, floor.relay, of=elevator)
            ),
        ),
        inputs=on_pins(doors, board, elevators),
        indicators=tuple(
            Indicator(f"{door.id}.{role}", table.pin, table.active)
            for door in with_indicators
            for role, table in _indicators(door)
        ),
    )


def strikes_at_bridges(doors: Sequence[DoorTable]) -> dict[str, BridgeStrike]:
    """Return the strikes that bridges drive, by their doors."""
    return {
        door.id: BridgeStrike(door.strike.bridge, door.strike.output)
        for door in doors
        if door.strike.bridge is not None and door.strike.output is not None
    }


def indicators_of(door: DoorTable | ElevatorTable) -> dict[Role, str]:
    """Name a door's indicators by what they are for."""
    return {role: f"{door.id}.{role}" for role, _ in _indicators(door)}


def settings_of(door: DoorTable) -> DoorSettings:
    """Return what the core needs to know of a door."""
    return DoorSettings(
        unlock_seconds=door.unlock_seconds,
        held_open_seconds=door.held_open_seconds,
        held_warning_seconds=door.held_warning_seconds,
        open_grace_seconds=door.open_grace_seconds,
        relock_on_open=door.relock_on_open,
        has_contact=door.contact is not None,
        rex_releases=door.egress is Egress.REX,
    )


def clonable_doubts(config: DoorConfig) -> Iterator[str]:
    """Name the readers of strict doors that read nothing but cards that can be copied, and UIDs."""
    reading = {name: line.kind for line in config.line if line.reads_clonable for name in line.reader_names}
    for door in config.door:
        for reader in door.readers if door.strict_zone is not None else ():
            if reader in reading:
                yield (
                    f"door[{door.id}].readers: {reader} ({reading[reader]}) reads cards alone that can be copied: "
                    f"they open {door.strict_zone} only while it takes such (doorctl zone classes {door.strict_zone})"
                )


def reader_classes_of(lines: Sequence[LineTable]) -> dict[str, ReaderClass]:
    """Return the class of each reader, by its name."""
    return {name: line.reader_class for line in lines for name in line.reader_names}


def fingerprint_of(config_path: Path) -> str:
    """Return by what a configuration file is known again: `boot`, and reports of walk tests, name it."""
    return hashlib.sha256(config_path.read_bytes()).hexdigest()[:16]


def has_osdp(config: DoorConfig) -> bool:
    """Tell whether there are OSDP readers, which have keys."""
    return any(line.kind is ReaderKind.OSDP for line in config.line)


def interlock_of(doors: Sequence[DoorTable]) -> dict[str, Others]:
    """Return because of which others each door stays locked."""
    return {door.id: Others(door.interlock, door.interlock_while) for door in doors if door.interlock}


def signatures_of(doors: Sequence[DoorTable | FloorTable]) -> dict[str, int]:
    """Return how many officers must sign the roster of each strict zone: the most that a door of ours asks for."""
    strict = [(door.strict_zone, door.roster_signatures) for door in doors if door.strict_zone is not None]
    return {zone: max(count for other, count in strict if other == zone) for zone, _ in strict}


def spec_of(
    line: LineTable,
    config_path: Path,
    inputs: Mapping[int, SupervisedInput] | None = None,
    strikes: tuple[int, ...] = (),
) -> ReaderSpec:
    """Return what the reader protocols need to know of a line, and of the inputs and strikes at a bridge."""
    return ReaderSpec(
        name=line.name,
        kind=line.kind,
        path=str(resolve(config_path, line.port)),
        baud=line.baud,
        wiegand={
            reader.number: ReaderOptions(reader.name, reader.formats, reader.keypad, reader.repeat_seconds)
            for reader in line.reader
        },
        frames=line.frames,
        repeat_seconds=line.repeat_seconds,
        line=LineOptions(line.number, line.terminator, line.prefix, line.suffix, line.skip, line.card_prefix),
        inputs=inputs or {},
        strikes=strikes,
    )


def specs_of(config: DoorConfig, config_path: Path) -> list[ReaderSpec]:
    """Return that of every line, in their order."""
    doors, board, elevators = config.door, config.board, config.elevator
    strikes = strikes_at_bridges(doors).values()
    return [
        spec_of(
            line,
            config_path,
            on_lines_to(line.name, doors, board, elevators),
            tuple(each.output for each in strikes if each.bridge == line.name),
        )
        for line in config.line
    ]


def refuse_pseudo_terminals(config: DoorConfig, config_path: Path) -> None:
    """Refuse a line of a real board that leads to a pseudo-terminal: a program, not a reader. Raises ConfigError."""
    for line in config.line:
        if resolve(config_path, line.port).resolve().is_relative_to("/dev/pts"):
            raise ConfigError(f"line {line.name}: {line.port} is a pseudo-terminal, not a reader; --lab allows it")


def _strike(name: str, output: StrikeTable | OutputTable, *, of: DoorTable | ElevatorTable) -> Iterator[Strike]:
    if output.pin is not None and output.active is not None:
        yield Strike(name, output.pin, output.active, of.lock, of.on_process_loss)


def _indicators(door: DoorTable | ElevatorTable) -> Iterator[tuple[Role, OutputTable]]:
    for key, role in INDICATORS.items():
        table: OutputTable | None = getattr(door, key)
        if table is not None:
            yield role, table
