"""What the door process uses of a controller's configuration file, and what it makes of it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from doorctl.config import CONTROLLER_TABLES, ControllerTable, read_config, resolve
from doorctl.core.machines.door_state import DoorSettings
from doorctl.door.config.mistakes import mistakes_between
from doorctl.door.config.tables import (
    FIRE_INPUT,
    INDICATORS,
    INPUTS,
    AuditTable,
    BoardTable,
    DoorTable,
    Egress,
    InputTable,
    LineTable,
    OutputTable,
)
from doorctl.door.inputs.feedback import FeedbackTable
from doorctl.door.interlock import Others
from doorctl.errors import ConfigError
from firmware_bridge.reader_config import mistakes as reader_mistakes
from firmware_bridge.reader_options import LineOptions, ReaderOptions, ReaderSpec
from hardware.indicators import Role
from hardware.pins import Indicator, Input, Layout, Strike


class DoorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the door process reads."""

    controller: ControllerTable
    board: BoardTable
    line: Annotated[tuple[LineTable, ...], msgspec.Meta(min_length=1)]
    door: Annotated[tuple[DoorTable, ...], msgspec.Meta(min_length=1)]
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


def layout_of(doors: Sequence[DoorTable], fire: InputTable | None) -> Layout:
    """Return everything that is wired to the board; a strike has its door's name."""
    inputs = [_input(f"{door.id}.{role}", table) for door in doors for role, table in _inputs(door)]
    if fire is not None:
        inputs.append(_input(FIRE_INPUT, fire))
    return Layout(
        strikes=tuple(
            Strike(door.id, door.strike.pin, door.strike.active, door.lock, door.on_process_loss) for door in doors
        ),
        inputs=tuple(inputs),
        indicators=tuple(
            Indicator(f"{door.id}.{role}", table.pin, table.active)
            for door in doors
            for role, table in _indicators(door)
        ),
    )


def indicators_of(door: DoorTable) -> dict[Role, str]:
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


def interlock_of(doors: Sequence[DoorTable]) -> dict[str, Others]:
    """Return because of which others each door stays locked."""
    return {door.id: Others(door.interlock, door.interlock_while) for door in doors if door.interlock}


def signatures_of(doors: Sequence[DoorTable]) -> dict[str, int]:
    """Return how many officers must sign the roster of each strict zone: the most that a door of ours asks for."""
    strict = [(door.strict_zone, door.roster_signatures) for door in doors if door.strict_zone is not None]
    return {zone: max(count for other, count in strict if other == zone) for zone, _ in strict}


def spec_of(line: LineTable, config_path: Path) -> ReaderSpec:
    """Return what the reader protocols need to know of a line."""
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
    )


def refuse_pseudo_terminals(config: DoorConfig, config_path: Path) -> None:
    """Refuse a line of a real board that leads to a pseudo-terminal: a program, not a reader. Raises ConfigError."""
    for line in config.line:
        if resolve(config_path, line.port).resolve().is_relative_to("/dev/pts"):
            raise ConfigError(f"line {line.name}: {line.port} is a pseudo-terminal, not a reader; --lab allows it")


def _inputs(door: DoorTable) -> Iterator[tuple[str, InputTable]]:
    for key in INPUTS:
        table: InputTable | None = getattr(door, key)
        if table is not None:
            yield key, table


def _indicators(door: DoorTable) -> Iterator[tuple[Role, OutputTable]]:
    for key, role in INDICATORS.items():
        table: OutputTable | None = getattr(door, key)
        if table is not None:
            yield role, table


def _input(name: str, table: InputTable) -> Input:
    return Input(name, table.pin, table.active, table.pull, table.debounce_ms)
