"""How persons and times are written in a report: whoever asks decides, the rows hold ids and seconds."""

from collections.abc import Callable
from dataclasses import dataclass

from doorctl.reports.tallies import NOBODY


@dataclass(frozen=True, slots=True)
class Shown:
    """Writes a holder's id and seconds since 1970 for whoever reads."""

    holder: Callable[[str], str]
    time: Callable[[int], str]

    def person(self, holder: str) -> str:
        """Write whom something is about, as far as that is known."""
        return "(not known)" if holder == NOBODY else self.holder(holder)

    def maybe(self, at: int | None) -> str | None:
        """Write a time if there is one."""
        return None if at is None else self.time(at)
