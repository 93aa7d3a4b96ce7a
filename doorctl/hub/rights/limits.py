"""How much one admin may do within an hour, and how long a command waits for a second admin."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How many grants an admin gives within an hour, and an officer; how many cards either asks about by number.

    The cards are enough to plan for 10,000 people twice. ``approval_seconds`` is how long a command waits.
    """

    grants_per_hour: int = 600
    approval_seconds: int = 86_400
    officer_grants_per_hour: int = 30_000
    cards_per_hour: int = 20_000

    @property
    def approval_time(self) -> str:
        """How long a command waits, in words."""
        seconds = self.approval_seconds
        return f"{seconds / 3600:.3g} h" if seconds >= 3600 else f"{seconds // 60} min"


USUAL_LIMITS = Limits()
