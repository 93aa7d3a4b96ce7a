"""Those at one door who wait for company: to break the glass, or where several must come together."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from doorctl.core.lasting import admitted_until
from doorctl.core.request import Companion
from doorctl.core.rules.company import lacks_company_alone
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.core.schedule import next_closing
from doorctl.door.asking.asked import Asked
from doorctl.policy.building import PolicyPosition

GLASS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who asked, the number of that record, and in monotonic seconds how long they wait, and may enter at all."""

    asked: Asked
    record: int
    until: float
    ends: float

    def is_here(self, now: float) -> bool:
        """Tell whether they are company still: whoever may not enter any more is none."""
        return now <= self.until and now < self.ends

    def is_company(self, now: float, position: PolicyPosition | None) -> bool:
        """Tell whether they are company of somebody whom this policy decides about: it may not admit them."""
        return self.is_here(now) and self.asked.position == position

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

    def at(self, now: float, position: PolicyPosition | None) -> tuple[Companion, ...]:
        """Return those who still wait, and were admitted by this policy."""
        return tuple(each.companion for each in self._waiting if each.is_company(now, position))

    def first_record(self, now: float, position: PolicyPosition | None) -> int | None:
        """Return the record of the first of them."""
        return next((each.record for each in self._waiting if each.is_company(now, position)), None)

    def take(self, asked: Asked, record: int) -> bool:
        """Let somebody wait whose denial is on disk; False for whom company would not help."""
        if not lacks_company_alone(asked.decision):
            return False
        zone, at = asked.facts.zone, asked.presented.at
        seconds = GLASS_SECONDS if zone is None or zone.persons <= 1 else float(zone.persons_seconds)
        others = [each for each in self._waiting if each.asked.facts.whose != asked.facts.whose and each.is_here(at)]
        self._waiting = [*others, _Waiting(asked, record, at + seconds, at + _seconds_left(asked))]
        return True

    def forget(self, is_denied: Callable[[Asked], bool] = lambda _: True) -> None:
        """Let those wait no longer who are denied by now; everybody, if that is not asked."""
        self._waiting = [each for each in self._waiting if not is_denied(each.asked)]


def _seconds_left(asked: Asked) -> float:
    """Return how long the rows that let somebody in now go on to do so."""
    request, holidays = asked.presented.request, asked.facts.holidays
    end = admitted_until(
        request,
        asked.facts,
        lambda schedule, timezone: next_closing(schedule, request.at, timezone, holidays, within_days=1),
    )
    return math.inf if end is None else (end - request.at).total_seconds()
