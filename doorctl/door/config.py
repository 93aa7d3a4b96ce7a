"""What the door process uses of a controller's configuration file, and what it makes of it.

Tables: ``[controller]``, ``[board]``, ``[[line]]`` with its ``[[line.reader]]``, ``[[door]]``.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec

from doorctl.config import CONTROLLER_TABLES, ControllerTable, Seconds, read_config, resolve
from doorctl.core.door_state import DoorSettings
from doorctl.door.config_mistakes import mistakes_between
from doorctl.errors import ConfigError
from doorctl.policy.rows import Name
from firmware_bridge.reader_config import mistakes as reader_mistakes
from firmware_bridge.reader_options import LineOptions, NumberForm, ReaderKind, ReaderOptions, ReaderSpec, Terminator
from hardware.board import BoardKind
from hardware.indicators import Role
from hardware.pins import ActiveLevel, Indicator, Input, Layout, Lock, Pull, Strike, StrikeState

FIRE_INPUT = "fire"

PinNumber = Annotated[int, msgspec.Meta(ge=0, le=27)]
DebounceMilliseconds = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class Egress(StrEnum):
    """How people get out: by wiring that needs no computer, or by our releasing the strike on REX."""

    HARDWARE = "hardware"
    REX = "rex"


class OutputTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pin that is driven: ``{ pin = 17, active = "high" }``."""

    pin: PinNumber
    active: ActiveLevel


class InputTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pin that is sampled: ``{ pin = 27, active = "high", pull = "up" }``."""

    pin: PinNumber
    active: ActiveLevel
    pull: Pull = Pull.UP
    debounce_ms: DebounceMilliseconds = 30


class BoardTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[board]``: which board drives the doors."""

    kind: BoardKind
    changes: str | None = None
    socket: str | None = None
    fire: InputTable | None = None


class ReaderTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[line.reader]]``: one Wiegand reader behind a bridge."""

    name: Name
    number: int
    formats: tuple[str, ...]
    keypad: bool = False
    repeat_seconds: float = 0.0


class LineTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[line]]``: one serial line; what its values may be is the readers' to say (`firmware_bridge`)."""

    name: Name
    kind: ReaderKind
    port: Annotated[str, msgspec.Meta(min_length=1)]
    simulated: bool = False
    baud: int | None = None
    frames: int | None = None
    repeat_seconds: float | None = None
    reader: tuple[ReaderTable, ...] = ()
    number: NumberForm = NumberForm.HEX
    terminator: Terminator = Terminator.CR
    prefix: str = ""
    suffix: str = ""
    skip: int = 0
    card_prefix: str = "line"

    @property
    def reader_names(self) -> tuple[str, ...]:
        """Name the readers on this line."""
        return tuple(reader.name for reader in self.reader) if self.kind is ReaderKind.BRIDGE else (self.name,)


class DoorTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[door]]``: one opening with its strike, its readers and its inputs."""

    id: Name
    readers: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    strike: OutputTable
    lock: Lock
    on_process_loss: StrikeState
    egress: Egress
    contact: InputTable | None = None
    rex: InputTable | None = None
    led_green: OutputTable | None = None
    led_red: OutputTable | None = None
    buzzer: OutputTable | None = None
    unlock_seconds: Seconds = 5.0
    held_open_seconds: Seconds = 30.0
    open_grace_seconds: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.5
    relock_on_open: bool = True
    late_seconds: Annotated[float, msgspec.Meta(gt=0, le=10)] = 2.0


class DoorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the door process reads."""

    controller: ControllerTable
    board: BoardTable
    line: Annotated[tuple[LineTable, ...], msgspec.Meta(min_length=1)]
    door: Annotated[tuple[DoorTable, ...], msgspec.Meta(min_length=1)]


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
        open_grace_seconds=door.open_grace_seconds,
        relock_on_open=door.relock_on_open,
        has_contact=door.contact is not None,
        rex_releases=door.egress is Egress.REX,
    )


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
    for role, table in (("contact", door.contact), ("rex", door.rex)):
        if table is not None:
            yield role, table


def _indicators(door: DoorTable) -> Iterator[tuple[Role, OutputTable]]:
    for role, table in (
        (Role.LED_GREEN, door.led_green),
        (Role.LED_RED, door.led_red),
        (Role.BUZZER, door.buzzer),
    ):
        if table is not None:
            yield role, table


def _input(name: str, table: InputTable) -> Input:
    return Input(name, table.pin, table.active, table.pull, table.debounce_ms)
