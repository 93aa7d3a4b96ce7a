"""What a configuration says about a serial line and the readers on it: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_bridge.supervised_line import SupervisedInput


class ReaderKind(StrEnum):
    """What is at the other end of a serial line."""

    BRIDGE = "bridge"
    OSDP = "osdp"
    RDM6300 = "rdm6300"
    SUM14 = "sum14"
    ID12 = "id12"
    EM18 = "em18"
    R7941E = "7941e"
    PARALLAX = "parallax"
    LINE = "line"


HAS_READERS = frozenset({ReaderKind.BRIDGE, ReaderKind.OSDP})
"""The kinds of line with readers of their own names; on all others the line is the reader."""

DEFAULT_BAUD: Mapping[ReaderKind, int] = {
    ReaderKind.BRIDGE: 115200,
    ReaderKind.OSDP: 9600,
    ReaderKind.RDM6300: 9600,
    ReaderKind.SUM14: 9600,
    ReaderKind.ID12: 9600,
    ReaderKind.EM18: 9600,
    ReaderKind.R7941E: 9600,
    ReaderKind.PARALLAX: 2400,
    ReaderKind.LINE: 9600,
}


class NumberForm(StrEnum):
    """How a one-line-per-card reader writes its number."""

    HEX = "hex"
    DECIMAL = "decimal"
    TEXT = "text"


class Terminator(StrEnum):
    """What ends a line."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """One reader behind a bridge or of OSDP; `formats` are tried in order, `raw` takes unknown lengths."""

    name: str
    formats: tuple[str, ...] = ("H10301",)
    keypad: bool = False
    repeat_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How to find the card in a line: strip `prefix` and `suffix`, skip so many characters of the rest."""

    number: NumberForm = NumberForm.HEX
    terminator: Terminator = Terminator.CR
    prefix: str = ""
    suffix: str = ""
    skip: int = 0
    card_prefix: str = "line"


@dataclass(frozen=True, slots=True)
class ReaderSpec:
    """One serial line: for a bridge `wiegand` maps its reader numbers, `inputs` its channels, and `strikes` are the
    numbers of those that it drives; for OSDP `wiegand` maps addresses, else `name` is the one reader.

    `baud`, `frames` (equal frames that make a read) and `repeat_seconds` default by kind.
    """

    name: str
    kind: ReaderKind
    path: str
    baud: int | None = None
    wiegand: Mapping[int, ReaderOptions] = field(default_factory=dict)
    frames: int | None = None
    repeat_seconds: float | None = None
    line: LineOptions = LineOptions()
    inputs: Mapping[int, SupervisedInput] = field(default_factory=dict)
    strikes: tuple[int, ...] = ()

    @property
    def line_baud(self) -> int:
        """Bits a second on this line."""
        return self.baud or DEFAULT_BAUD[self.kind]

    @property
    def reader_names(self) -> tuple[str, ...]:
        """Name the readers on this line."""
        if self.kind in HAS_READERS:
            return tuple(options.name for options in self.wiegand.values())
        return (self.name,)
