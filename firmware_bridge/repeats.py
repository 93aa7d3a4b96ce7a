"""A card that is held at a streaming reader is one read."""


class RepeatFilter:
    """Knows the last card; it is a repeat until it was not seen for `quiet_seconds` (0: never one)."""

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._card = ""
        self._seen_at = 0.0

    def is_repeat(self, card: str, now: float) -> bool:
        """Note that the card was seen and say whether it was never away."""
        repeat = card == self._card and now - self._seen_at < self._quiet_seconds
        self._card, self._seen_at = card, now
        return repeat
