"""How signals look and sound: as usual, or as ``[feedback]`` of a controller's file says, within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from doorctl.core.machines.door_events import SignalName
from firmware_bridge.reader_protocol import Indication, Led
from hardware.indicators import PATTERNS, Pattern, Role, Signal, Step

MOST_STEPS = 100
LONGEST_PATTERN_MS = 60_000
AT_READER: Mapping[SignalName, Indication] = {
    SignalName.GRANTED: Indication(Led.GREEN, led_ms=3000, buzzer_ms=150),
    SignalName.DENIED: Indication(Led.RED, led_ms=2000, buzzer_ms=400),
    SignalName.WRONG_PIN: Indication(Led.RED, led_ms=1000, buzzer_ms=200),
    SignalName.LOCKDOWN: Indication(Led.RED, led_ms=5000, buzzer_ms=1500),
    SignalName.FAULT: Indication(Led.AMBER, led_ms=2000, buzzer_ms=800),
    SignalName.HELD_SOON: Indication(Led.AMBER, led_ms=10_000, buzzer_ms=300),
    SignalName.HELD: Indication(Led.RED, led_ms=10_000, buzzer_ms=1000),
    SignalName.WAITING: Indication(Led.AMBER, led_ms=20_000, buzzer_ms=50),
    SignalName.WAITING_FOR_SECOND: Indication(Led.AMBER, led_ms=30_000, buzzer_ms=100),
    SignalName.ENROL: Indication(Led.AMBER, led_ms=10_000, buzzer_ms=250),
    SignalName.IDLE: Indication(Led.OFF),
}
"""What a reader shows for each signal; text readers show nothing."""


class StepTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a pattern: the indicators that are on for so long; the others are off."""

    ms: Annotated[int, msgspec.Meta(ge=10, le=LONGEST_PATTERN_MS)]
    on: tuple[Role, ...] = ()


class SignalTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[feedback.granted]`` and so on: what is left out is as usual."""

    led: Led | None = None
    led_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] | None = None
    buzzer_ms: Annotated[int, msgspec.Meta(ge=0, le=5000)] | None = None
    steps: Annotated[tuple[StepTable, ...], msgspec.Meta(min_length=1)] = ()

    def __post_init__(self) -> None:
        """Refuse a pattern of too many steps, or of too long a time. Raises ValueError."""
        if len(self.steps) > MOST_STEPS:
            raise ValueError(f"steps: there are more than {MOST_STEPS}")
        if sum(step.ms for step in self.steps) > LONGEST_PATTERN_MS:
            raise ValueError(f"steps: they take more than {LONGEST_PATTERN_MS} ms")

    def at_reader(self, usual: Indication) -> Indication:
        """Return what a reader shows."""
        return Indication(
            usual.led if self.led is None else self.led,
            usual.led_ms if self.led_ms is None else self.led_ms,
            usual.buzzer_ms if self.buzzer_ms is None else self.buzzer_ms,
        )

    def on_board(self, usual: Pattern) -> Pattern:
        """Return what the board's indicators play; whether once or again and again is the signal's to say."""
        if not self.steps:
            return usual
        return Pattern(tuple(Step(frozenset(step.on), step.ms) for step in self.steps), usual.repeats)


class KeyTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[feedback.key]``: the tone of every key; 0 where the keypad beeps by itself, or is to be silent."""

    buzzer_ms: Annotated[int, msgspec.Meta(ge=0, le=200)] = 30


class FeedbackTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[feedback]``: one table for each signal but `idle`, by its name with ``_``."""

    granted: SignalTable = SignalTable()
    denied: SignalTable = SignalTable()
    wrong_pin: SignalTable = SignalTable()
    lockdown: SignalTable = SignalTable()
    fault: SignalTable = SignalTable()
    held_soon: SignalTable = SignalTable()
    held: SignalTable = SignalTable()
    waiting: SignalTable = SignalTable()
    waiting_for_second: SignalTable = SignalTable()
    enrol: SignalTable = SignalTable()
    key: KeyTable = KeyTable()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What each signal looks and sounds like, and a key that was touched."""

    at_reader: Mapping[SignalName, Indication]
    on_board: Mapping[Signal, Pattern]
    key: Indication


def feedback_of(table: FeedbackTable) -> Feedback:
    """Return how every signal looks and sounds."""
    own: dict[str, SignalTable] = {
        name.replace("_", "-"): getattr(table, name) for name in table.__struct_fields__ if name != "key"
    }
    usual = SignalTable()
    return Feedback(
        {name: own.get(name, usual).at_reader(shown) for name, shown in AT_READER.items()},
        {signal: own.get(signal, usual).on_board(pattern) for signal, pattern in PATTERNS.items()},
        Indication(buzzer_ms=table.key.buzzer_ms),
    )
