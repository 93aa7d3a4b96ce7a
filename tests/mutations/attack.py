"""What an attack is: its test, the check that stops it, and what stands in its place without it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; ``check`` stands once in ``file``, and with ``without`` in its place the test fails."""

    name: str
    test: str
    file: str
    check: str
    without: str
