"""The first of two who break the glass: waits for the second at the same door, for a short time."""

from dataclasses import dataclass

from doorctl.door.asked import Asked

WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class FirstOfTwo:
    """Who asked first, and the number of that record."""

    asked: Asked
    record: int

    @property
    def holder(self) -> str | None:
        """Who waits."""
        holder = self.asked.facts.holder
        return None if holder is None else holder.id

    def waits_at(self, now: float) -> bool:
        """Tell whether somebody who comes now, in monotonic seconds, is in time."""
        return now - self.asked.presented.at <= WAIT_SECONDS
