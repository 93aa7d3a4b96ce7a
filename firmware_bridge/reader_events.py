"""What a reader can say to the door: values only, each with the monotonic time of its last byte."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_bridge.supervised_line import LineState


class FaultKind(StrEnum):
    """Why something that came from a reader is not a card; the text stands in records and docs."""

    PARITY = "parity"
    UNKNOWN_LENGTH = "unknown-length"
    SWAPPED_WIRES = "swapped-wires"
    BAD_CHECKSUM = "bad-checksum"
    BAD_FRAME = "bad-frame"
    TOO_LONG = "too-long"
    INCOMPLETE = "incomplete"
    GHOST = "ghost"
    NOT_TEXT = "not-text"
    NOT_A_CARD = "not-a-card"
    STALE = "stale"
    LOST = "lost"
    OUT_OF_SEQUENCE = "out-of-sequence"
    UNKNOWN_READER = "unknown-reader"
    UNPROTECTED = "unprotected"


@dataclass(frozen=True, slots=True)
class PulseTiming:
    """The shortest and longest pulse and interval of one burst, in microseconds."""

    width_min: int = 50
    width_max: int = 50
    interval_min: int = 2000
    interval_max: int = 2000

    def __str__(self) -> str:
        return f"pulses {self.width_min}-{self.width_max} us every {self.interval_min}-{self.interval_max} us"


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card was presented; `card` is its one text form and never stands in a log line.

    `timing` is how its pulses looked on the wires, where a bridge has measured them.
    """

    reader: str
    card: str = field(repr=False)
    at: float
    timing: PulseTiming | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One key of a keypad: 0 to 9, * or #."""

    reader: str
    key: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class ReaderOnline:
    """The reader can be heard."""

    reader: str
    at: float


@dataclass(frozen=True, slots=True)
class ReaderOffline:
    """The reader cannot be heard; `why` tells the technician where to look."""

    reader: str
    at: float
    why: str


@dataclass(frozen=True, slots=True)
class ReaderTamper:
    """The reader's tamper contact changed."""

    reader: str
    at: float
    active: bool


@dataclass(frozen=True, slots=True)
class ReaderPower:
    """The reader's supply failed, or is good again."""

    reader: str
    at: float
    failed: bool


@dataclass(frozen=True, slots=True)
class PairingEnded:
    """The window in which a reader could be given a key is over; it has that key, or ``why`` not."""

    reader: str
    at: float
    is_paired: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadFault:
    """Something arrived that is not a card; `reader` is the line's name where no reader can be told."""

    reader: str
    at: float
    kind: FaultKind
    digest: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineChanged:
    """What is known of the supervised line of an input changed, or was `initial` told."""

    name: str
    state: LineState
    at: float
    initial: bool = False


@dataclass(frozen=True, slots=True)
class LinesChanged:
    """Supervised lines that changed at the same time; `reader` is the name of the bridge's line."""

    reader: str
    at: float
    changes: tuple[LineChanged, ...]


ReaderEvent = (
    CardRead
    | KeyPressed
    | ReaderOnline
    | ReaderOffline
    | ReaderTamper
    | ReaderPower
    | PairingEnded
    | ReadFault
    | LinesChanged
)


def digest_of(raw: bytes | str) -> str:
    """Name raw bytes or a bit string by 16 hex digits, so that a record can be matched to a capture."""
    data = raw.encode("ascii", "replace") if isinstance(raw, str) else raw
    return hashlib.sha256(data).hexdigest()[:16]
