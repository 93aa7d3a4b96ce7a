"""How long a client waits for its next try: a random part of a span that doubles, so that many clients spread out."""

from collections.abc import Callable

FIRST_SPAN_SECONDS = 0.4
LONGEST_SPAN_SECONDS = 10.0
STEADY_SECONDS = 2.0
"""Whoever was connected so long was of use: on a line that is often cut, the next revoke must not wait."""


class Pauses:
    """Pauses between connections; ``chance`` gives numbers in [0, 1)."""

    def __init__(self, chance: Callable[[], float]) -> None:
        """Begin with the shortest span."""
        self._chance = chance
        self._span = FIRST_SPAN_SECONDS

    def after(self, connected_seconds: float) -> float:
        """Return the seconds to wait after a connection that lasted so long, 0 for none at all."""
        if connected_seconds >= STEADY_SECONDS:
            self._span = FIRST_SPAN_SECONDS
        pause = self._chance() * self._span
        self._span = min(2 * self._span, LONGEST_SPAN_SECONDS)
        return pause
