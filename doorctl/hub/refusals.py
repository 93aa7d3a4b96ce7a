"""What the hub has refused since it started, counted by word and told sparingly."""

from collections import Counter

from doorctl.errors import Refused
from doorctl.journal import Level, is_worth_saying, say
from doorctl.wire.topics import Address

ALARMS = frozenset(
    {
        "ahead-of-hub",
        "disk-reserve",
        "door-claimed-twice",
        "internal-error",
        "hub-fork",
        "hub-root-unsigned",
        "log-fork",
        "log-malformed",
        "needs-upgrade",
        "policy-drift",
        "policy-fork",
        "storage-failed",
        "too-many-records",
        "version-jump",
        "went-back",
        "wrong-opening",
    }
)
"""Refusals that no network makes by accident: somebody should look."""


class Refusals(Counter[str]):
    """How often what was refused."""

    def count(self, refusal: Refused, address: Address | None = None, *, error: str = "") -> None:
        """Count a refusal; say it ever more rarely.

        ``error`` is the type of what went wrong in the hub itself.
        """
        word = refusal.refusal
        self[word] += 1
        if is_worth_saying(self[word]):
            level = Level.ALARM if word in ALARMS else Level.WARNING
            where = {"channel": address.channel.name.lower(), "name": address.name} if address else {}
            say("refused", level, reason=word, error=error, count=self[word], **where)
