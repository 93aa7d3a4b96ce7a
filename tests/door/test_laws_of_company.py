"""Laws of company in any order: a door that asks for several opens to so many different persons, to no fewer."""

from dataclasses import replace
from random import Random

from doorctl.core.machines.door_state import Strike
from doorctl.core.model import Credential, Holder
from doorctl.policy.building import PolicyPosition
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.core.any_order import begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY
from tests.door.hand_driven import HandDrivenDoorway

PEOPLE = ("ada", "grace", "alan", "joan")
SECONDS = 10
LONG = 60.0


class AnyCompany:
    """A door that lets in several together, one of them perhaps of a group, and people in front of it."""

    @begin(persons=(2, 3), group=(None, "guards"), members=(PEOPLE, PEOPLE[:2], PEOPLE[:1]))
    def build(self, persons: int, group: str | None, members: tuple[str, ...]) -> None:
        zone = replace(builders.FLOOR_3, persons=persons, persons_seconds=SECONDS, persons_group=group)
        self.persons, self.group, self.members = persons, group, members
        self.facts = builders.facts(builders.ADAS_GRANT, zone=zone)
        self.door = HandDrivenDoorway(self.facts)
        self.denied: set[str] = set()
        self.asked: dict[str, tuple[float, bool]] = {}
        self.may_open = 0

    @step(who=PEOPLE, admitted=(True, True, False), fails=(True, *(False,) * 4))
    def ask(self, who: str, admitted: bool, fails: bool) -> None:
        """Somebody asks, whose record may fail; those who wait go with them."""
        self.come(who, admitted=admitted, fails=fails)

    @step(first=PEOPLE, second=PEOPLE, after=(0.5, 4.0))
    def ask_one_after_the_other(self, first: str, second: str, after: float) -> None:
        self.come(first)
        self.pass_time(after)
        self.come(second)

    @step(seconds=(0.5, 4.0, 9.0, 11.0))
    def wait(self, seconds: float) -> None:
        self.pass_time(seconds)

    @step()
    def change_policy(self) -> None:
        """Nobody waits over a change of the policy; what an order denied until then it denies no more."""
        self.door.position = PolicyPosition(1, self.door.position.revision + 1)
        self.asked.clear()
        self.denied.clear()

    @step(who=PEOPLE)
    def deny(self, who: str) -> None:
        """An order denies somebody until the policy changes: who waits is company no longer."""
        self.denied.add(who)
        self.asked.pop(who, None)
        self.door.deny_list.add(DenyHolder(who, self.door.position.revision + 1), self.door.position)
        self.door.doorway.end_what_is_denied()
        self.door.commit_all()

    @step()
    def leave_it_alone(self) -> None:
        """By and by nobody waits any more, and the strike is secured."""
        self.pass_time(LONG)
        self.asked.clear()

        assert self.door.doorway.state.strike is Strike.SECURED

    @law
    def so_many_different_persons_open_once(self) -> None:
        assert self.door.moves.count("released") <= self.may_open

    def come(self, who: str, *, admitted: bool = True, fails: bool = False) -> None:
        """Ask, and note whether that may open."""
        grants, leads = self.facts.grants if admitted else (), who in self.members
        card = Credential(builders.KEY, who)
        self.door.facts = replace(self.facts, holder=Holder(who), credential=card, grants=grants, leads=leads)
        self.door.present()
        if self.door.waiting and fails:
            self.door.fail()
        self.door.commit_all()
        if admitted and who not in self.denied and not fails:
            self.note(who, leads=leads)

    def note(self, who: str, *, leads: bool) -> None:
        """Count whether those who asked of late, with this one, are enough."""
        others = {
            each: led for each, (at, led) in self.asked.items() if each != who and self.door.now - at <= SECONDS
        }
        is_led = self.group is None or leads or any(others.values())
        if len(others) + 1 >= self.persons and is_led:
            self.may_open += 1
            self.asked.clear()
        else:
            self.asked[who] = (self.door.now, leads)

    def pass_time(self, seconds: float) -> None:
        self.door.now += seconds
        self.door.doorway.tick(self.door.now)
        self.door.commit_all()


@SO_MANY
def test_a_door_for_several_keeps_its_laws_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(AnyCompany, number=number, chance=chance)


def test_some_open_and_some_do_not(chance: Random) -> None:
    made = [AnyCompany() for _ in range(100)]
    machines = iter(made)

    holds_in_any_order(lambda: next(machines), number=len(made), chance=chance)

    released = [company.door.moves.count("released") for company in made]
    assert sum(released) > len(made) / 5  # of 100 it was 72 on average, and 44 the least of 150 times
    assert 0 in released
