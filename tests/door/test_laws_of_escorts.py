"""Laws of escorts: in any order, with restarts, nobody brings more than they may, nor from too long ago."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from doorctl.core.model import Credential, Holder
from doorctl.core.request import Facts
from doorctl.core.visitors import Escorting, Visitor
from doorctl.door.asking.asked import Asked, Presented, weighed
from doorctl.door.asking.escorts import Escorts, VisitorBook
from doorctl.policy.building import PolicyPosition
from tests.core import builders
from tests.core.any_order import begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY

HOSTS, GUESTS, DOORS = ("ada", "grace"), tuple(f"guest-{number}" for number in range(6)), ("east", "west")
PAUSES = (1.0, 5.0, 5.0, 20.0, 200.0)
ASKS = Escorting(seconds=30, most=2, per_seconds=600)
POSITION = PolicyPosition(1, 7)
ADMITTED = replace(builders.facts(builders.ADAS_GRANT), escorting=ASKS)


class AnyVisits:
    """Two doors of one controller whose escorts are counted together, and what has happened there."""

    @begin()
    def build(self) -> None:
        self.kept: dict[tuple[str, str], int] = {}
        self.now = 0.0
        self.let_in: list[tuple[float, str, str]] = []
        self.came: list[tuple[float, str, str, str]] = []
        self.begin_anew()

    @step(door=DOORS, who=HOSTS, after=PAUSES, restarts=(True, *(False,) * 9))
    def host(self, door: str, who: str, after: float, restarts: bool) -> None:
        """Let a host in, sometimes after a restart."""
        self.now += after
        if restarts:
            self.begin_anew()
        self.doors[door].take(self.asked(door, who, ADMITTED), len(self.let_in))
        self.let_in.append((self.now, door, who))

    @step(door=DOORS, who=GUESTS, may=(HOSTS, HOSTS, HOSTS[:1], HOSTS[1:], ()), after=PAUSES)
    def guest(self, door: str, who: str, may: tuple[str, ...], after: float) -> None:
        """Have a guest ask, whom these may bring."""
        self.now += after
        visitor = Visitor(who, frozenset(may) & {*self.doors[door].at(self.now, POSITION)})
        for brought in self.book.count(self.asked(door, who, replace(ADMITTED, visitor=visitor))):
            self.kept[brought.escort, brought.visitor] = brought.at
            self.came.append((self.now, door, brought.escort, brought.visitor))

    @law
    def nobody_brings_more_within_the_time_than_the_zone_lets_them(self) -> None:
        for now, _, escort, _ in self.came[-1:]:
            lately = {who for at, _, by, who in self.came if by == escort and now - ASKS.per_seconds < at}

            assert len(lately) <= ASKS.most

    @law
    def every_visitor_comes_in_soon_behind_the_escort_at_the_same_door(self) -> None:
        for now, door, escort, _ in self.came[-1:]:
            assert any(who == escort and where == door and now - ASKS.seconds <= at for at, where, who in self.let_in)

    def begin_anew(self) -> None:
        """Begin from what was remembered."""
        self.book = VisitorBook(self.kept)
        self.doors: Mapping[str, Escorts] = {door: Escorts() for door in DOORS}

    def asked(self, door: str, who: str, facts: Facts) -> Asked:
        facts = replace(facts, holder=Holder(who), credential=Credential(builders.KEY, who))
        at = builders.NOON + timedelta(seconds=self.now)
        request = replace(builders.a_request(at), escorts=self.doors[door].at(self.now, POSITION))
        facts = self.book.add_to(facts, request)
        return weighed(Presented(request, "reader", self.now), facts, POSITION)


@SO_MANY
def test_escorts_keep_their_laws_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(AnyVisits, number=number, chance=chance)


def test_some_come_in_and_some_do_not(chance: Random) -> None:
    made = [AnyVisits() for _ in range(100)]
    machines = iter(made)

    holds_in_any_order(lambda: next(machines), number=len(made), chance=chance)

    assert len(made) < sum(len(visits.came) for visits in made) < 10 * len(made)
