"""What an attack or a law is: its test, the check that stops or upholds it, and what stands in its place without."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack, or law; ``check`` stands once in ``file``, and with ``without`` in its place the test fails."""

    name: str
    test: str
    file: str
    check: str
    without: str
