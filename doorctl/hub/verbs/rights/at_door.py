"""A door as the hub supposes it, and what it would decide by the very code and facts that doors decide with.

It is in touch with the hub and knows the time: its policy is fresh, its clock trusted. Of its own configuration the
hub knows the strict zone that its controller has told, not how many must sign. How many wrong PINs were entered of
late, and whether another door keeps this one locked, the doors alone know: nothing is blocked here. Who is inside
now goes by the records that their controller has uploaded; at other times nobody is. A card with limits was used as
often as the records tell that its controller has uploaded. Of which class the reader is, they know alone, too: here
of one that the zone takes, if such a reader can be. Whoever asks may suppose other things (`Supposed`), and that
others have asked there just before (`AtDoor.after`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from doorctl.core.areas import Inside, Way
from doorctl.core.classes import SUPPOSED, ReaderClass, class_read
from doorctl.core.decision import decide
from doorctl.core.lasting import Closing
from doorctl.core.model import HeldPin, Zone
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Companion, Decision, Facts
from doorctl.core.rules.company import companions_of, lacks_company_alone, takes_company, waits_as
from doorctl.core.rules.door_mode import ModeNow, mode_at
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.core.rules.strict import is_strict
from doorctl.core.rules.visitor_rules import may_escort
from doorctl.core.schedule import next_closing
from doorctl.errors import Refused
from doorctl.hub.card_ring import keys_in_use
from doorctl.hub.card_uses import used_at
from doorctl.hub.occupancy import inside_by
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.rights.rosters import roster_in_force
from doorctl.policy.building import PolicyPosition
from doorctl.policy.facts import FactsReader
from doorctl.policy.rosters import RosterBook

_CARDS = """
SELECT c."key", k.format FROM credentials AS c LEFT JOIN cards AS k ON k."key" = c."key"
WHERE c.holder = ? ORDER BY c."key"
"""
_ALONE = "SELECT alone, ring_keys FROM pins WHERE holder = ? AND alone IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door would decide for a request, by which facts."""

    request: AccessRequest
    facts: Facts
    decision: Decision


@dataclass(frozen=True, slots=True)
class Supposed:
    """What is supposed of the door, as the hub is not told it.

    Which way the reader leads, whether people get out without us, of which class the reader is, and whether a door
    with which this one is interlocked is unlocked or open.
    """

    way: Way = Way.IN
    egress_is_wired: bool = False
    reader_class: ReaderClass | None = None
    interlocked: bool = False


USUAL = Supposed()


class AtDoor:
    """One door at one time, asked by cards and PINs; used for one question, so that no commit comes in between."""

    def __init__(
        self,
        asked: Asked,
        door: str,
        at: int,
        *,
        threat: int | None = None,
        is_now: bool = False,
        supposed: Supposed = USUAL,
    ) -> None:
        """Stand at the door, at the threat level there is or at another one. Raises Refused and PolicyUnavailable."""
        rosters = RosterBook()
        rosters.believe(asked.roll.trust)
        self._asked = asked
        self._is_now = is_now
        self._interlocked = supposed.interlocked
        self._came: frozenset[str] = frozenset()
        self._were_in: dict[str, frozenset[str]] = {}
        self._reader = FactsReader(asked.connection, rosters=rosters, threat=threat)
        self._bare = AccessRequest(
            door,
            (),
            datetime.fromtimestamp(at, UTC),
            strict_zone=_strict_zone(asked, door),
            way=supposed.way,
            egress_is_wired=supposed.egress_is_wired,
        )
        reader_class = supposed.reader_class or _supposed_reader(self.zone)
        self._bare = replace(self._bare, reader_class=reader_class)
        self._ring_keys = keys_in_use(asked.connection)
        self._controllers = [name for name, each in asked.roll.presences.items() if door in each.doors]

    @property
    def position(self) -> PolicyPosition:
        """The revision that decides."""
        return self._reader.building().position

    @property
    def threat(self) -> int:
        """The threat level at which it is decided."""
        return self._reader.building().threat

    @property
    def mode(self) -> ModeNow:
        """The mode of the door, and by what; what holders have begun there, the door alone knows."""
        return mode_at(self._bare, self._facts(self._bare))

    @property
    def zone(self) -> Zone | None:
        """The zone that the door leads into, as far as its rules are understood."""
        return self._facts(self._bare).zone

    def by_card(self, keys: tuple[bytes, ...], card_format: str | None) -> Answer:
        """Decide for a card, by its keys made with one key of the ring, with two, and so on, and by its format."""
        request = replace(self._bare, credentials=keys, card_class=class_read(card_format or ""))
        return _answer(request, self._facts(request))

    def by_cards_of(self, holder: str) -> list[Answer]:
        """Decide for each card of a holder."""
        cards = self._asked.connection.execute(_CARDS, (holder,)).fetchall()
        return [self.by_card(self._as_made(key), card_format) for key, card_format in cards]

    def by_pin_of(self, holder: str) -> list[Answer]:
        """Decide for a holder's PIN without a card, if there is one that counts so."""
        rows = self._asked.connection.execute(_ALONE, (holder,)).fetchall()
        requests = [replace(self._bare, pins=(alone,) * ring_keys, pin_alone=True) for alone, ring_keys in rows]
        return [_answer(request, self._facts(request)) for request in requests]

    def after(self, answer: Answer) -> None:
        """Let those who ask from now on come just after somebody who got this answer, as the door remembers them."""
        request, facts = answer.request, answer.facts
        companions, escorts, whose = self._bare.companions, self._bare.escorts, facts.whose or ""
        self._were_in[whose] = frozenset(() if facts.inside is None else facts.inside.zones)
        if answer.decision.is_granted and request.way is Way.IN:
            self._came |= companions_of(request, facts) | {whose}
        if answer.decision.is_granted and takes_company(request, facts):
            companions = ()
        if (companion := waits_as(request, facts, answer.decision)) is not None:
            companions = (*(other for other in companions if other.holder != whose), companion)
        if may_escort(request, facts, answer.decision):
            escorts = (whose, *(other for other in escorts if other != whose))
        self._bare = replace(self._bare, companions=companions, escorts=escorts)

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
        if facts.limits is not None and facts.credential is not None:
            facts = replace(facts, used=used_at(self._asked.connection, facts.credential.key, self._controllers))
        facts = replace(facts, interlocked=self._interlocked, inside=self._inside(facts))
        return replace(facts, policy_age_seconds=0, clock_trusted=True)

    def _inside(self, facts: Facts) -> Inside:
        zone, holder = facts.zone, facts.holder
        if zone is None or zone.occupancy is None or holder is None:
            return Inside()
        inside = Inside()
        if self._is_now:
            inside = inside_by(self._asked.connection, zone, holder.id, by=self._asked.roll.presences)
        chain = (zone.id, *zone.occupancy.around)
        return replace(
            inside,
            others={each: inside.others.get(each, 0) + self._more_in(each, holder.id) for each in chain},
            staying=inside.staying + self._more_in(zone.id, holder.id),
            company=frozenset((who, each) for who, were_in in self._were_in.items() for each in were_in),
        )

    def _more_in(self, zone: str, holder: str) -> int:
        """Count those who were let in just before and had not been inside a zone, but for the holder who asks."""
        return sum(zone not in self._were_in[each] for each in self._came - {holder})


def best_of(answers: Iterable[Answer]) -> Answer:
    """Return the answer with the fewest reasons; of several the first."""
    return min(answers, key=lambda answer: len(answer.decision.reasons))


def with_the_pin(answer: Answer) -> Answer:
    """Suppose that the holder's PIN is entered after the card, if there is one."""
    return _answer(_with_pin(answer.request, answer.facts.pin), answer.facts)


def in_company(answer: Answer) -> Answer:
    """Suppose that as many others ask as the zone wants together, if that is all that is missing, or an escort."""
    answer = _escorted(answer) if answer.decision.reason is Reason.ESCORT_AWAITED else answer
    if not lacks_company_alone(answer.decision):
        return answer
    return _answer(replace(answer.request, companions=_others(answer.facts)), answer.facts)


def breaks_the_glass(answer: Answer) -> bool:
    """Tell whether the door would open for this holder and others who may if the policy were too old."""
    if not answer.facts.may_break_glass:
        return False
    stale = replace(answer.facts, policy_age_seconds=None)
    request = replace(_with_pin(answer.request, stale.pin), companions=_others(stale))
    return decide(request, stale).reason is Reason.BREAK_GLASS


def _others(facts: Facts) -> tuple[Companion, ...]:
    """Make up so many others that nobody lacks company; no holder is called like them."""
    zone, alike = facts.zone, breaks_glass(facts)
    least = 1 if zone is None else zone.asked_inside.least
    others = max(2, least, 1 if zone is None else zone.persons) - 1
    return tuple(Companion(f" {number}", breaks_glass=alike, leads=True) for number in range(others))


def _escorted(answer: Answer) -> Answer:
    """Suppose that somebody who may bring this visitor was let in just before."""
    visitor = answer.facts.visitor
    escorts = ("",)  # as nobody is called
    known = visitor and replace(visitor, escorts=frozenset(escorts))
    return _answer(replace(answer.request, escorts=escorts), replace(answer.facts, visitor=known))


def _answer(request: AccessRequest, facts: Facts) -> Answer:
    return Answer(request, facts, decide(request, facts))


def _with_pin(request: AccessRequest, held: HeldPin | None) -> AccessRequest:
    return request if held is None else replace(request, pins=(held.key,) * held.ring_keys)


def _supposed_reader(zone: Zone | None) -> ReaderClass | None:
    """Suppose a reader of a class that the zone takes, if there is any: the hub is not told of which they are."""
    taken = zone.reader_classes if zone is not None else frozenset()
    return next((each for each in SUPPOSED if not taken or each in taken), None)


def _strict_zone(asked: Asked, door: str) -> str | None:
    told = (presence.strict_zones.get(door) for presence in asked.roll.presences.values())
    return next((zone for zone in told if zone is not None), None)
