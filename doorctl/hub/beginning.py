"""When a hub that was started begins to obey: once it has heard what others know of its own past.

1. It has listened at every broker for what is kept there, or one could not be reached for ``BROKERS_SECONDS``.
2. Every controller has said a word of its own, or ``CONTROLLERS_SECONDS`` have passed since the first could. What a
   broker has kept spares nobody that: it may have been restored together with the hub.

Commands wait in memory until then; their admins repeat them.
"""

BROKERS_SECONDS = 8.0
"""Less than an admin's command waits for its first answer."""
CONTROLLERS_SECONDS = 3.0


class Beginning:
    """What a hub that was started has yet to hear."""

    def __init__(self, brokers: int) -> None:
        """Nothing was heard of any broker yet."""
        self._brokers = brokers
        self._listened: set[int] = set()
        self._since = 0.0

    def listened(self, broker: int, now: float) -> None:
        """Note that what a broker has kept was heard, or that it has kept nothing."""
        if not self._listened:
            self._since = now
        self._listened.add(broker)

    def is_due(self, now: float, *, is_told: bool) -> bool:
        """Tell whether to begin now; ``is_told``: no controller need say anything more."""
        if not self._listened:
            return False
        heard_brokers = len(self._listened) == self._brokers or now >= self._since + BROKERS_SECONDS
        heard_controllers = is_told or now >= self._since + CONTROLLERS_SECONDS
        return heard_brokers and heard_controllers
