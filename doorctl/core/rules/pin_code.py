"""The code by which a holder sets an own PIN at a reader: eight digits that count once.

The last is a check digit (ISO/IEC 7812-1, Annex B), so that a door tells a slip of the finger. Beyond it a door knows
the first three alone: whoever has stolen one, and tries all codes, lacks the other four, which the hub compares.
"""

CODE_DIGITS = 8
TOLD_DIGITS = 3
"""So many of them, from the first on, doors can compare."""


def code_of(digits: str) -> str:
    """Write a code of seven digits, with its check digit."""
    return f"{digits}{_check_digit(digits)}"


def is_code(text: str) -> bool:
    """Answer whether this can be a code."""
    is_number = len(text) == CODE_DIGITS and text.isascii() and text.isdigit()
    return is_number and text == code_of(text[:-1])


def told_of(code: str) -> str:
    """Give the part of a code that doors can compare."""
    return code[:TOLD_DIGITS]


def _check_digit(digits: str) -> int:
    doubled = (int(each) * (2 - place % 2) for place, each in enumerate(reversed(digits)))
    return -sum(each // 10 + each % 10 for each in doubled) % 10
