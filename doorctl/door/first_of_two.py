"""The first of two who break the glass: waits for the second at the same door, for a short time."""

from dataclasses import dataclass

from doorctl.core.model import AccessRequest, Facts

WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class FirstOfTwo:
    """What was asked and known, the number of the record, and when the card was read, in monotonic seconds."""

    request: AccessRequest
    facts: Facts
    record: int
    at: float

    @property
    def holder(self) -> str | None:
        """Who waits."""
        return self.facts.holder.id if self.facts.holder else None

    def waits_at(self, now: float) -> bool:
        """Tell whether somebody who comes now is in time."""
        return now - self.at <= WAIT_SECONDS
