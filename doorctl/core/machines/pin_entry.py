"""The keys of one keypad to an entry: digits, `*` clears, `#` enters, and who pauses for too long begins anew."""

from dataclasses import dataclass, field
from enum import StrEnum

FEWEST_DIGITS = 4
MOST_DIGITS = 8
PAUSE_SECONDS = 10.0
"""Whoever presses no key for so long has gone away."""


class Key(StrEnum):
    """The keys that are no digits."""

    CLEAR = "*"
    ENTER = "#"


@dataclass(frozen=True, slots=True)
class PinEntry:
    """What was keyed in so far, and when the last key was pressed, in monotonic seconds.

    Of more digits than a PIN has one more is kept, so that it is no PIN; `digits` never stands in a log line.
    """

    digits: str = field(default="", repr=False)
    at: float = 0.0


EMPTY = PinEntry()


def press(entry: PinEntry, key: str, now: float) -> tuple[PinEntry, str | None]:
    """Give the next entry, and after `#` what was entered, which need be no PIN; None while it goes on."""
    digits = "" if is_over(entry, now) else entry.digits
    if key == Key.CLEAR:
        return EMPTY, None
    if key == Key.ENTER:
        return EMPTY, digits or None
    return PinEntry((digits + key)[: MOST_DIGITS + 1], now), None


def is_over(entry: PinEntry, now: float) -> bool:
    """Answer whether whoever began has gone away."""
    return now - entry.at > PAUSE_SECONDS


def is_pin(digits: str) -> bool:
    """Answer whether these can be a PIN: 4 to 8 of the digits 0 to 9."""
    return FEWEST_DIGITS <= len(digits) <= MOST_DIGITS and digits.isascii() and digits.isdigit()


def is_guessed_first(pin: str) -> bool:
    """Answer whether all digits are one, or each is the one before and one more, or one less."""
    steps = {int(pin[place]) - int(pin[place - 1]) for place in range(1, len(pin))}
    return len(steps) == 1 and steps <= {-1, 0, 1}
