"""A card that is held at a streaming reader is one read."""


class RepeatFilter:
    """Knows the last card read; it is held until it was not seen for `quiet_seconds` (0: never held)."""

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._card = ""
        self._seen_at = 0.0

    def is_held(self, card: str, now: float) -> bool:
        """Say whether this card was never away, and note that it is still there."""
        held = card == self._card and now - self._seen_at < self._quiet_seconds
        if held:
            self._seen_at = now
        return held

    def note(self, card: str, now: float) -> None:
        """Remember a card that was read."""
        self._card, self._seen_at = card, now
