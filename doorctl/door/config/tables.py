"""The tables of a controller's file that the door process reads, as they are written.

``[board]``, ``[audit]``, ``[[line]]`` with its ``[[line.reader]]``, ``[[door]]``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from doorctl.config import Seconds
from doorctl.core.classes import ReaderClass
from doorctl.core.rules.interlock import InterlockWhile
from doorctl.policy.rows import Name
from firmware_bridge.bridge_messages import INPUT_CHANNELS, STRIKE_OUTPUTS
from firmware_bridge.reader_options import HAS_READERS, NumberForm, ReaderKind, Terminator
from firmware_bridge.supervised_line import UnreadableResistors, read_resistors
from hardware.board import BoardKind
from hardware.indicators import Role
from hardware.pins import HIGHEST_PIN, LONGEST_DEBOUNCE_MS, LOWEST_PIN, ActiveLevel, Lock, Pull, StrikeState

BOARD_INPUTS = ("fire", "tamper", "mains", "battery")
INPUTS = ("contact", "rex", "tamper")
INDICATORS: Mapping[str, Role] = {"led_green": Role.LED_GREEN, "led_red": Role.LED_RED, "buzzer": Role.BUZZER}
"""The keys of the board's inputs and of a door's, and of its indicators with what each is for."""
USUAL_PULL_UP = "4k7"
_CLASSES: Mapping[ReaderKind, ReaderClass] = {
    ReaderKind.BRIDGE: ReaderClass.WIEGAND,
    ReaderKind.OSDP: ReaderClass.OSDP_SC,
}

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


class StrikeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What releases a door: a pin, or an output of a bridge.

    ``{ pin = 17, active = "high" }``, ``{ bridge = "lobby", output = 0 }``.
    """

    pin: PinNumber | None = None
    active: ActiveLevel | None = None
    bridge: Name | None = None
    output: Annotated[int, msgspec.Meta(ge=0, lt=STRIKE_OUTPUTS)] | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together. Raises ValueError."""
        of_pin, of_bridge = (self.pin, self.active), (self.bridge, self.output)
        if (of_pin == (None, None)) is (of_bridge == (None, None)) or None in (of_pin if self.pin else of_bridge):
            raise ValueError("give it a pin with the level that is active, or a bridge with an output: one of them")


class Active(StrEnum):
    """When an input is active: by the level of its pin, or by the position of the contact at the end of its line."""

    HIGH = "high"
    LOW = "low"
    OPEN = "open"
    CLOSED = "closed"


class InputTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A pin that is sampled, or a channel of a bridge to which a supervised line leads.

    ``{ pin = 27, active = "high", pull = "up" }``,
    ``{ bridge = "lobby", channel = 0, active = "open", resistors = "2k2/4k7" }``.
    """

    pin: PinNumber | None = None
    active: Active
    pull: Pull | None = None
    debounce_ms: DebounceMilliseconds = 30
    bridge: Name | None = None
    channel: Annotated[int, msgspec.Meta(ge=0, lt=INPUT_CHANNELS)] | None = None
    resistors: str | None = None
    pull_up: str | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together. Raises ValueError."""
        of_pin, of_line = (self.pin, self.pull), (self.bridge, self.channel, self.resistors, self.pull_up)
        if (self.pin is None) is (self.bridge is None) or (self.bridge and any(part is not None for part in of_pin)):
            raise ValueError("give it a pin, or a bridge with a channel: one of them")
        if self.bridge is None:
            if any(part is not None for part in of_line):
                raise ValueError("channel, resistors and pull_up are those of a line to a bridge")
            if not self._is_by_level:
                raise ValueError("active: a pin is high or low")
            return
        if self.channel is None or self.resistors is None:
            raise ValueError("a line to a bridge has a channel and resistors")
        if self._is_by_level:
            raise ValueError("active: a contact at the end of a line is open or closed")
        try:
            read_resistors(self.resistors, self.pull_up or USUAL_PULL_UP)
        except UnreadableResistors as error:
            raise ValueError(f"resistors: {error}") from error

    @property
    def _is_by_level(self) -> bool:
        return self.active in (Active.HIGH, Active.LOW)


class BoardTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[board]``: which board drives the doors."""

    kind: BoardKind
    changes: str | None = None
    socket: str | None = None
    fire: InputTable | None = None
    fault_is_fire: bool = False
    tamper: InputTable | None = None
    mains: InputTable | None = None
    battery: InputTable | None = None


class AuditTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[audit]``: how much the log may hold, and how long what the hub has is kept."""

    records: Annotated[int, msgspec.Meta(ge=10_000, le=1_000_000_000)] = 5_000_000
    disk_percent: Annotated[int, msgspec.Meta(ge=1, le=90)] = 50
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30


class ReaderTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[line.reader]]``: one reader behind a bridge, or on an OSDP line, where its number is its address."""

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
        return tuple(reader.name for reader in self.reader) if self.kind in HAS_READERS else (self.name,)

    @property
    def reads_clonable(self) -> bool:
        """Whether all that the readers on this line say of a card is that it can be copied."""
        return self.kind not in HAS_READERS | {ReaderKind.LINE}

    @property
    def reader_class(self) -> ReaderClass:
        """The class of the readers on this line."""
        return _CLASSES.get(self.kind, ReaderClass.TEXT)


class DoorTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[door]]``: one opening with its strike, its readers and its inputs."""

    id: Name
    readers: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    strike: StrikeTable
    lock: Lock
    on_process_loss: StrikeState
    egress: Egress
    contact: InputTable | None = None
    rex: InputTable | None = None
    tamper: InputTable | None = None
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
    exit_readers: tuple[Name, ...] = ()
    interlock: tuple[Name, ...] = ()
    interlock_while: InterlockWhile = InterlockWhile.UNLOCKED_OR_OPEN

    @property
    def all_readers(self) -> tuple[Name, ...]:
        """Name the readers outside and inside."""
        return (*self.readers, *self.exit_readers)
