"""Tells the technician, once for each step, that trust ends soon or has ended."""

from datetime import datetime

from doorctl.journal import Level, say
from doorctl.trust.note import Trust
from doorctl.trust.verify import expiry_stage, expiry_warning


class ExpiryWatch:
    """Remembers what was told last: each step of ``WARN_DAYS``, the end, and that there is time again."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self._told: int | None = None

    def look(self, trust: Trust | None, at: datetime) -> None:
        """Tell it when another step is reached."""
        stage = None if trust is None else expiry_stage(trust, at)
        if trust is not None and stage not in (None, self._told):
            say("trust_expires", Level.WARNING, why=expiry_warning(trust, at))
        self._told = stage
