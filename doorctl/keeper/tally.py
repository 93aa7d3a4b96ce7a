"""What was refused, counted by name; a flood of refusals is a few lines in the log."""

from collections import Counter

from doorctl.errors import Refused
from doorctl.journal import Level, say

ALARMING = frozenset(
    {"fork", "forked", "trust-fork", "digest-differs", "inapplicable", "ack-beyond-log", "other-root"}
)


class Tally(Counter[str]):
    """Counts refusals; says the first of each name, and then whenever their number has doubled."""

    def add(self, refusal: Refused, *, source: str) -> None:
        """Count a refusal of what came from this channel or packet."""
        self[refusal.refusal] += 1
        count = self[refusal.refusal]
        if count & (count - 1) == 0:
            level = Level.ALARM if refusal.refusal in ALARMING else Level.WARNING
            say("refused", level, reason=refusal.refusal, source=source, count=count)
