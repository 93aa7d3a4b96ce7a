"""Laws of an airlock in any order of events: never both doors for cards and orders, always both for a fire."""

from collections.abc import Callable
from random import Random

from doorctl.audit.leaf import Draft, Statement
from doorctl.audit.writer import Verdict
from doorctl.core.machines.door_events import ContactClosed, ContactOpened, FireEnded, FireStarted, RexPressed
from doorctl.core.machines.door_state import DoorSettings, DoorState, Strike
from doorctl.core.modes import Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.interlock import InterlockWhile
from doorctl.policy.building import PolicyPosition
from doorctl.wire.orders import NO_LONGER, HoldOpenUntil, OpenNow
from tests.core.any_order import EITHER, begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY
from tests.door.airlock import OTHER, RELEASED, Airlock
from tests.door.hand_driven import ADMITTED, releasing_on_failure
from tests.door.ordered import NOW

DOORS = tuple(OTHER)
LET_OUT = {Reason.REX, Reason.FIRE}


class WatchedAirlock(Airlock):
    """An airlock that looks at the other door whenever somebody is let in."""

    def start(self) -> None:
        self.seen_closed = dict.fromkeys(OTHER, False)
        super().start()

    def tell_contact(self, door: str, *, opens: bool) -> None:
        now = self.hand.now
        self.seen_closed[door] = not opens
        self.doors[door].take(ContactOpened(now) if opens else ContactClosed(now))

    def submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        for draft in drafts:
            if draft.statement.kind is RecordKind.RELEASED and draft.statement.reason not in LET_OUT:
                self.check_other(draft.statement)
        super().submit(drafts, done)

    def check_other(self, released: Statement) -> None:
        door = OTHER[released.door]
        other = self.doors[door].state

        assert other.strike is Strike.SECURED, (released, other)
        assert other.passage is None, (released, other)
        assert self.seen_closed[door] or self.lasting is InterlockWhile.UNLOCKED, (released, other)


class AnyAirlock:
    """Drives two doors with anything, as their loop may: a tick after each wait, a fire for both."""

    airlock: WatchedAirlock

    @begin(
        lasting=tuple(InterlockWhile),
        relock_on_open=EITHER,
        rex_releases=EITHER,
        releases_on_failure=EITHER,
    )
    def build(
        self, lasting: InterlockWhile, relock_on_open: bool, rex_releases: bool, releases_on_failure: bool
    ) -> None:
        """Choose a kind of airlock."""
        self.burning = False
        self.airlock = WatchedAirlock(
            lasting=lasting,
            facts=releasing_on_failure() if releases_on_failure else ADMITTED,
            settings=DoorSettings(relock_on_open=relock_on_open, rex_releases=rex_releases),
        )

    @step(door=DOORS)
    def ask(self, door: str) -> None:
        self.airlock.present(door)

    @step()
    def both_ask(self) -> None:
        for door in OTHER:
            self.airlock.present(door)

    @step(door=DOORS)
    def order_open(self, door: str) -> None:
        self.airlock.order(OpenNow(door))

    @step(door=DOORS, seconds=(1, 60))
    def order_hold(self, door: str, seconds: int) -> None:
        self.airlock.order(HoldOpenUntil(door, NOW + seconds))

    @step(door=DOORS)
    def order_end(self, door: str) -> None:
        self.airlock.order(HoldOpenUntil(door, NO_LONGER))

    @step(door=DOORS, mode=(Mode.CARD, Mode.UNLOCKED, Mode.LOCKED))
    def set_mode(self, door: str, mode: Mode) -> None:
        self.airlock.set_mode(door, mode)

    @step(when=lambda self: self.airlock.hand.waiting, all_of_them=EITHER)
    def commit(self, all_of_them: bool) -> None:
        if all_of_them:
            self.airlock.hand.commit_all()
        else:
            self.airlock.hand.commit()

    @step(when=lambda self: self.airlock.hand.waiting, all_of_them=EITHER)
    def fail(self, all_of_them: bool) -> None:
        for _ in range(len(self.airlock.hand.waiting) if all_of_them else 1):
            self.airlock.hand.fail()

    @step(door=DOORS, opens=EITHER)
    def contact(self, door: str, opens: bool) -> None:
        self.airlock.tell_contact(door, opens=opens)

    @step()
    def both_closed(self) -> None:
        for door in OTHER:
            self.airlock.tell_contact(door, opens=False)

    @step(door=DOORS)
    def rex(self, door: str) -> None:
        self.airlock.doors[door].step(RexPressed(self.airlock.hand.now))

    @step()
    def fire(self) -> None:
        self.burning = not self.burning
        now = self.airlock.hand.now
        for doorway in self.airlock.doors.values():
            doorway.step(FireStarted(now) if self.burning else FireEnded(now))

    @step(seconds=(0.1, 0.5, 1.0, 5.0, 5.5, 60.0))
    def wait(self, seconds: float) -> None:
        self.airlock.wait(seconds)

    @step()
    def another_policy(self) -> None:
        self.airlock.hand.position = PolicyPosition(1, self.airlock.hand.position.revision + 1)

    @step(slow=EITHER)
    def slow_policy(self, slow: bool) -> None:
        self.airlock.hand.keeps_waiting = slow

    @step(when=lambda self: self.airlock.hand.questions)
    def answer(self) -> None:
        self.airlock.hand.questions.pop(0)()

    @step(when=lambda self: not self.burning)
    def restart(self) -> None:
        self.airlock.start()

    @law
    def cards_and_orders_hold_one_door_released_at_most(self) -> None:
        assert sum(lets_in(doorway.state) for doorway in self.airlock.doors.values()) <= 1

    @law
    def a_fire_has_released_both(self) -> None:
        last = dict(self.airlock.moves)

        assert not self.burning or set(last.items()) == {(door, RELEASED) for door in OTHER}


def lets_in(door: DoorState) -> bool:
    """Answer whether a card or an order holds the strike released."""
    return any(permit is not None and permit.reason not in LET_OUT for permit in (door.release, door.hold))


@SO_MANY
def test_never_both_doors_for_cards_orders_and_modes_and_always_both_for_a_fire(number: int, chance: Random) -> None:
    holds_in_any_order(AnyAirlock, number=number, chance=chance)
