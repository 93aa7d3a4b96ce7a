"""A door as the hub supposes it, and what it would decide by the very code and facts that doors decide with.

It is in touch with the hub and knows the time: its policy is fresh, its clock trusted. Of its own configuration the
hub knows the strict zone that its controller has told, not how many must sign. How many wrong PINs were entered of
late, and whether another door keeps this one locked, the doors alone know: nothing is blocked here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from doorctl.core.decision import decide
from doorctl.core.lasting import Closing
from doorctl.core.model import HeldPin, Zone
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Companion, Decision, Facts
from doorctl.core.rules.company import lacks_company_alone
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.core.rules.strict import is_strict
from doorctl.core.schedule import next_closing
from doorctl.errors import Refused
from doorctl.hub.card_ring import keys_in_use
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.rights.rosters import roster_in_force
from doorctl.policy.building import PolicyPosition
from doorctl.policy.facts import FactsReader
from doorctl.policy.rosters import RosterBook

_KEYS = 'SELECT "key" FROM credentials WHERE holder = ? ORDER BY "key"'
_ALONE = "SELECT alone, ring_keys FROM pins WHERE holder = ? AND alone IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door would decide for a request, by which facts."""

    request: AccessRequest
    facts: Facts
    decision: Decision


class AtDoor:
    """One door at one time, asked by cards and PINs; used for one question, so that no commit comes in between."""

    def __init__(self, asked: Asked, door: str, at: int) -> None:
        """Stand at the door. Raises Refused and PolicyUnavailable."""
        rosters = RosterBook()
        rosters.believe(asked.roll.trust)
        self._asked = asked
        self._reader = FactsReader(asked.connection, rosters=rosters)
        self._bare = AccessRequest(door, (), datetime.fromtimestamp(at, UTC), strict_zone=_strict_zone(asked, door))
        self._ring_keys = keys_in_use(asked.connection)

    @property
    def position(self) -> PolicyPosition:
        """The revision that decides."""
        return self._reader.building().position

    @property
    def zone(self) -> Zone | None:
        """The zone that the door leads into, as far as its rules are understood."""
        return self._facts(self._bare).zone

    def by_card(self, keys: tuple[bytes, ...]) -> Answer:
        """Decide for a card, by its keys made with one key of the ring, with two, and so on."""
        request = replace(self._bare, credentials=keys)
        return _answer(request, self._facts(request))

    def by_cards_of(self, holder: str) -> list[Answer]:
        """Decide for each card of a holder."""
        keys = [key for (key,) in self._asked.connection.execute(_KEYS, (holder,))]
        return [self.by_card(self._as_made(key)) for key in keys]

    def by_pin_of(self, holder: str) -> list[Answer]:
        """Decide for a holder's PIN without a card, if there is one that counts so."""
        rows = self._asked.connection.execute(_ALONE, (holder,)).fetchall()
        requests = [replace(self._bare, pins=(alone,) * ring_keys, pin_alone=True) for alone, ring_keys in rows]
        return [_answer(request, self._facts(request)) for request in requests]

    def closing(self, within_days: int) -> Closing:
        """Return what tells when a schedule closes next, worked out once for each."""
        at, holidays = self._bare.at, self._reader.building().holidays
        return lru_cache(
            lambda schedule, timezone: next_closing(schedule, at, timezone, holidays, within_days=within_days)
        )

    def check_roster_names_cards(self) -> None:
        """Refuse where cards that the hub knows by its keys cannot be found on the roster: ``old-roster``."""
        facts = self._facts(self._bare)
        if facts.zone is None or not is_strict(self._bare, facts):
            return
        roster = roster_in_force(self._asked, facts.zone.id)
        if roster is not None and roster.ring != self._ring_keys:
            raise Refused("old-roster", f"the roster of {facts.zone.id} names cards by older keys: sign it anew")

    def _as_made(self, key: bytes) -> tuple[bytes, ...]:
        """Return a credential key in its place among those that a reader's card would have."""
        return (*(b"",) * (self._ring_keys - 1), key)

    def _facts(self, request: AccessRequest) -> Facts:
        facts, _ = self._reader.facts(request)
        return replace(facts, policy_age_seconds=0, clock_trusted=True)


def best_of(answers: Iterable[Answer]) -> Answer:
    """Return the answer with the fewest reasons; of several the first."""
    return min(answers, key=lambda answer: len(answer.decision.reasons))


def with_the_pin(answer: Answer) -> Answer:
    """Suppose that the holder's PIN is entered after the card, if there is one."""
    return _answer(_with_pin(answer.request, answer.facts.pin), answer.facts)


def in_company(answer: Answer) -> Answer:
    """Suppose that as many others ask as the zone wants together, if that is all that is missing."""
    if not lacks_company_alone(answer.decision):
        return answer
    return _answer(replace(answer.request, companions=_others(answer.facts)), answer.facts)


def breaks_the_glass(answer: Answer) -> bool:
    """Tell whether the door would open for this holder and others who may if the policy were too old."""
    if not answer.facts.may_break_glass:
        return False
    stale = replace(answer.facts, policy_age_seconds=None)
    request = replace(_with_pin(answer.request, stale.pin), companions=_others(stale))
    return _decide(request, stale).reason is Reason.BREAK_GLASS


def _others(facts: Facts) -> tuple[Companion, ...]:
    """Make up so many others that nobody lacks company; no holder is called like them."""
    persons = 1 if facts.zone is None else facts.zone.persons
    alike = breaks_glass(facts)
    return tuple(Companion(f" {number}", breaks_glass=alike, leads=True) for number in range(max(1, persons - 1)))


def _answer(request: AccessRequest, facts: Facts) -> Answer:
    return Answer(request, facts, _decide(request, facts))


def _with_pin(request: AccessRequest, held: HeldPin | None) -> AccessRequest:
    return request if held is None else replace(request, pins=(held.key,) * held.ring_keys)


def _strict_zone(asked: Asked, door: str) -> str | None:
    told = (presence.strict_zones.get(door) for presence in asked.roll.presences.values())
    return next((zone for zone in told if zone is not None), None)


def _decide(request: AccessRequest, facts: Facts) -> Decision:
    try:
        return decide(request, facts)
    except OverflowError as error:  # the last hours of the year 9999 lie outside datetime in eastern time zones
        raise Refused("bad-time", "this time is out of range") from error
