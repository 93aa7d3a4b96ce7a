"""Those at one door who wait for company: to break the glass, or where several must come together."""

from collections.abc import Callable
from dataclasses import dataclass

from doorctl.core.company import lacks_company_alone
from doorctl.core.emergencies import breaks_glass
from doorctl.core.model import Companion
from doorctl.door.asked import Asked

GLASS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who asked, the number of that record, and until when they wait, in monotonic seconds."""

    asked: Asked
    record: int
    until: float

    @property
    def companion(self) -> Companion:
        """What they are to somebody who comes now."""
        facts = self.asked.facts
        return Companion(facts.whose or "", breaks_glass(facts), facts.leads)


class Company:
    """Knows who waits; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._waiting: list[_Waiting] = []

    def at(self, now: float) -> tuple[Companion, ...]:
        """Return those who still wait."""
        return tuple(each.companion for each in self._waiting if now <= each.until)

    def first_record(self, now: float) -> int | None:
        """Return the record of the first of them."""
        return next((each.record for each in self._waiting if now <= each.until), None)

    def take(self, asked: Asked, record: int) -> bool:
        """Let somebody wait whose denial is on disk; False for whom company would not help."""
        if not lacks_company_alone(asked.decision):
            return False
        zone, at = asked.facts.zone, asked.presented.at
        seconds = GLASS_SECONDS if zone is None or zone.persons <= 1 else float(zone.persons_seconds)
        others = [each for each in self._waiting if each.asked.facts.whose != asked.facts.whose and at <= each.until]
        self._waiting = [*others, _Waiting(asked, record, at + seconds)]
        return True

    def forget(self, is_denied: Callable[[Asked], bool] = lambda _: True) -> None:
        """Let those wait no longer who are denied by now; everybody, if that is not asked."""
        self._waiting = [each for each in self._waiting if not is_denied(each.asked)]
