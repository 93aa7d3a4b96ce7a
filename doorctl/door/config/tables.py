"""The tables of a controller's file that the door process reads, as they are written.

``[board]``, ``[audit]``, ``[[line]]`` with its ``[[line.reader]]``, ``[[door]]``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from doorctl.config import Seconds
from doorctl.core.rules.interlock import InterlockWhile
from doorctl.policy.rows import Name
from firmware_bridge.reader_options import NumberForm, ReaderKind, Terminator
from hardware.board import BoardKind
from hardware.indicators import Role
from hardware.pins import HIGHEST_PIN, LONGEST_DEBOUNCE_MS, LOWEST_PIN, ActiveLevel, Lock, Pull, StrikeState

FIRE_INPUT = "fire"
INPUTS = ("contact", "rex")
INDICATORS: Mapping[str, Role] = {"led_green": Role.LED_GREEN, "led_red": Role.LED_RED, "buzzer": Role.BUZZER}
"""The keys of a door's inputs, and of its indicators with what each is for."""

PinNumber = Annotated[int, msgspec.Meta(ge=LOWEST_PIN, le=HIGHEST_PIN)]
DebounceMilliseconds = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_DEBOUNCE_MS)]


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


class AuditTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[audit]``: how much the log may hold, and how long what the hub has is kept."""

    records: Annotated[int, msgspec.Meta(ge=10_000, le=1_000_000_000)] = 5_000_000
    disk_percent: Annotated[int, msgspec.Meta(ge=1, le=90)] = 50
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30


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
    held_warning_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 10.0
    open_grace_seconds: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.5
    relock_on_open: bool = True
    late_seconds: Annotated[float, msgspec.Meta(gt=0, le=10)] = 2.0
    strict_zone: Name | None = None
    roster_signatures: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    interlock: tuple[Name, ...] = ()
    interlock_while: InterlockWhile = InterlockWhile.UNLOCKED_OR_OPEN
