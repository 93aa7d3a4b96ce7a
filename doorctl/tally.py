"""What was refused or dropped, by name: a flood is a few lines in the journal, and hides nothing of other sources."""

from collections import Counter

from doorctl.errors import Refused
from doorctl.journal import Level, is_worth_saying, say

ALARMING = frozenset(
    {
        "ack-beyond-log",
        "digest-differs",
        "fork",
        "forked",
        "hub-log-forked",
        "inapplicable",
        "other-root",
        "ring-fork",
        "root-fork",
        "storage-failed",
        "trust-fork",
        "version-jump",
    }
)
"""Refusals that no network makes by accident: somebody should look."""


class Tally(Counter[str]):
    """Counts refusals; says the first of each name from each source, and then whenever their number has doubled."""

    def __init__(self) -> None:
        """Begin with nothing refused."""
        super().__init__()
        self._by_source: Counter[tuple[str, str]] = Counter()

    def add(self, refusal: Refused, *, source: str, event: str = "refused") -> None:
        """Count a refusal of what came from this channel, peer or packet; the journal calls it by this event."""
        self[refusal.refusal] += 1
        self._by_source[refusal.refusal, source] += 1
        count = self._by_source[refusal.refusal, source]
        if is_worth_saying(count):
            level = Level.ALARM if refusal.refusal in ALARMING else Level.WARNING
            say(event, level, reason=refusal.refusal, source=source, count=count)
