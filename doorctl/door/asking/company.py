"""Those at one door who wait for company: to break the glass, or where several must come together.

Nobody waits at two doors: whoever asks at another one has gone there.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

from doorctl.core.lasting import admitted_until
from doorctl.core.request import Companion
from doorctl.core.rules.company import waits_as
from doorctl.core.schedule import next_closing
from doorctl.door.asking.asked import Asked
from doorctl.policy.building import PolicyPosition

GLASS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Who asked, what they are to who comes now, and the number of that record.

    In monotonic seconds how long they wait, and may enter at all.
    """

    asked: Asked
    companion: Companion
    record: int
    until: float
    ends: float

    def is_here(self, now: float) -> bool:
        """Tell whether they are company still: whoever may not enter any more is none."""
        return now <= self.until and now < self.ends

    def is_company(self, now: float, position: PolicyPosition | None) -> bool:
        """Tell whether they are company of somebody whom this policy decides about: it may not admit them."""
        return self.is_here(now) and self.asked.position == position


class Company:
    """Knows who waits; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._waiting: list[_Waiting] = []

    def at(self, now: float, position: PolicyPosition | None) -> tuple[Companion, ...]:
        """Return those who still wait, and were admitted by this policy."""
        if not self._waiting:
            return ()
        return tuple([each.companion for each in self._waiting if each.is_company(now, position)])

    def waiting(self, with_: Asked) -> tuple[Asked, ...]:
        """Return what those asked who go with somebody who takes company, and were admitted by the same policy."""
        return tuple([each.asked for each in self._with(with_)]) if with_.decision.is_granted else ()

    def first_record(self, with_: Asked) -> int | None:
        """Return the record of the first of them."""
        together = self._with(with_)
        return together[0].record if together else None

    def take(self, asked: Asked, record: int) -> bool:
        """Let somebody wait whose denial is on disk; False for whom company would not help."""
        companion = waits_as(asked.presented.request, asked.facts, asked.decision)
        if companion is None:
            return False
        zone, at = asked.facts.zone, asked.presented.at
        seconds = GLASS_SECONDS if zone is None or zone.persons <= 1 else float(zone.persons_seconds)
        others = [each for each in self._waiting if each.asked.facts.whose != asked.facts.whose and each.is_here(at)]
        self._waiting = [*others, _Waiting(asked, companion, record, at + seconds, at + seconds_left(asked))]
        return True

    def _with(self, asked: Asked) -> list[_Waiting]:
        if not asked.companions:
            return []
        at, position = asked.presented.at, asked.position
        here = [each for each in self._waiting if each.companion.holder in asked.companions]
        return [each for each in here if each.is_company(at, position)]

    def forget(self, is_denied: Callable[[Asked], bool] = lambda _: True) -> None:
        """Let those wait no longer who are denied by now; everybody, if that is not asked."""
        self._waiting = [each for each in self._waiting if not is_denied(each.asked)]


class Companies:
    """Those who wait at all doors of the controller; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin without a door."""
        self._at: list[Company] = []

    def at_another_door(self) -> Company:
        """Begin with nobody at one more door."""
        self._at.append(Company())
        return self._at[-1]

    def leave(self, asked: Asked, *, to: Collection[Company] = ()) -> None:
        """Let whoever asked wait nowhere else than where they are now; that a PIN never came tells nothing of it."""
        who = asked.facts.whose
        if who is None or asked.presented.gave_up:
            return
        for company in self._at:
            if company not in to:
                company.forget(lambda waiting: waiting.facts.whose == who)


def seconds_left(asked: Asked) -> float:
    """Return how long the rows that let somebody in now go on to do so."""
    request, holidays = asked.presented.request, asked.facts.holidays
    end = admitted_until(
        request,
        asked.facts,
        lambda schedule, timezone: next_closing(schedule, request.at, timezone, holidays, within_days=1),
    )
    return math.inf if end is None else (end - request.at).total_seconds()
