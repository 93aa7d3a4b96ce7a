"""What every reader protocol offers: bytes in, events out, bytes to send; and what a reader can show."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from firmware_bridge.reader_events import ReaderEvent


class Led(StrEnum):
    """The colours of a reader's light."""

    OFF = "off"
    RED = "red"
    GREEN = "green"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class Indication:
    """What a reader shows: a light for `led_ms` (0: until the next one) and a tone for `buzzer_ms`."""

    led: Led | None = None
    led_ms: int = 0
    buzzer_ms: int = 0


class ReaderProtocol(Protocol):
    """One serial line's rules; it holds no clock: `now` is monotonic seconds and never runs backwards."""

    @property
    def readers(self) -> tuple[str, ...]:
        """Name the readers on this line."""

    @property
    def counters(self) -> Mapping[str, int]:
        """Count frames, repeats, dropped bytes and every kind of fault since the start."""

    def opened(self, now: float) -> list[ReaderEvent]:
        """The line was opened."""

    def closed(self, now: float, why: str) -> list[ReaderEvent]:
        """The line is gone: every reader on it is offline."""

    def receive(self, data: bytes, now: float) -> list[ReaderEvent]:
        """Take bytes as they came, cut anywhere."""

    def tick(self, now: float) -> list[ReaderEvent]:
        """Let time pass; call it every 10 to 100 ms."""

    def data_to_send(self) -> bytes:
        """Take what must be written to the line now."""

    def indicate(self, reader: str, indication: Indication) -> None:
        """Show something at a reader, if it can."""
