"""Laws that hold for one cabin in any order of events, held against a plain account of which floor until when."""

from collections.abc import Iterable
from itertools import chain, combinations
from random import Random

from doorctl.core.machines import elevator
from doorctl.core.machines.door_events import FireEnded, FireStarted, Tick
from doorctl.core.machines.elevator import CabinState, OnFire
from doorctl.core.machines.elevator_events import (
    DisableFloors,
    ElevatorEvent,
    EnableFloors,
    FloorChosen,
    FloorsDecided,
    FloorsNotRecorded,
    FloorsRecord,
    FloorsRecorded,
    FloorsWithdrawn,
)
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.core.any_order import begin, holds_in_any_order, law, step
from tests.core.cabins import FLOORS, KEPT_OUT, LET_IN, SECONDS, a_cabin
from tests.core.law_cases import SO_MANY

SOME_FLOORS = tuple(map(frozenset, chain.from_iterable(combinations(FLOORS, many) for many in range(4))))


class OneCabin:
    """Drives a cabin with anything, as its loop may: one decision at a time, a tick after each wait."""

    def __init__(self) -> None:
        """Begin with nothing asked and nothing recorded."""
        self.now = 0.0
        self.seq = 0
        self.may_be_enabled_until: dict[str, float] = {}
        self.on: set[str] = set()
        self.recorded: set[int | None] = {None}
        self.state: CabinState = a_cabin()

    @begin(on_fire=tuple(OnFire))
    def settle(self, on_fire: OnFire) -> None:
        """Choose what fire does."""
        self.state = a_cabin(on_fire=on_fire)

    @step(seconds=(0.5, 3.0, 7.9, 8.0, 20.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick(self.now))

    @step(when=lambda self: self.state.pending is None, granted=SOME_FLOORS, unrecorded=SOME_FLOORS)
    def ask(self, granted: frozenset[str], unrecorded: frozenset[str]) -> None:
        decision = LET_IN if granted else KEPT_OUT
        before = set(self.on)
        self.tell(FloorsDecided(decision, tuple(granted), unrecorded))

        assert self.on == before

    @step(when=lambda self: self.state.pending is not None, withheld=SOME_FLOORS)
    def commit(self, withheld: frozenset[str]) -> None:
        assert self.state.pending is not None
        granted = self.state.pending.granted
        self.seq += 1
        self.recorded.add(self.seq)
        self.permit(floor for floor in granted if floor not in withheld)
        left = {floor: Reason.LOCKDOWN for floor in granted if floor in withheld}
        self.tell(FloorsRecorded(self.seq, self.now, left))

    @step(when=lambda self: self.state.pending is not None, withheld=SOME_FLOORS)
    def fail(self, withheld: frozenset[str]) -> None:
        pending = self.state.pending
        assert pending is not None
        self.permit(floor for floor in pending.granted if floor in pending.unrecorded and floor not in withheld)
        self.tell(FloorsNotRecorded(self.now, withheld))

    @step(floors=SOME_FLOORS)
    def lock_down(self, floors: frozenset[str]) -> None:
        self.tell(FloorsWithdrawn(floors, Reason.LOCKDOWN))
        for floor in floors:
            self.may_be_enabled_until.pop(floor, None)

    @step(back=range(4))
    def deny(self, back: int) -> None:
        of = self.seq - back
        self.tell(FloorsWithdrawn(frozenset(FLOORS), Reason.DENIED_BY_ORDER, of=of))

        assert all(enabled.of != of for enabled in self.state.enabled.values())

    @step(floor=FLOORS)
    def choose(self, floor: str) -> None:
        before = self.state.enabled.get(floor)
        self.tell(FloorChosen(floor))
        if before is not None:
            others = {each for each, it in self.state.enabled.items() if it.of == before.of}
            assert before.chosen or others == {floor}

    @step()
    def start_fire(self) -> None:
        self.tell(FireStarted(self.now))

    @step()
    def end_fire(self) -> None:
        self.tell(FireEnded(self.now))

    @law
    def a_floor_is_enabled_only_by_a_recorded_swipe_for_its_time_or_by_fire(self) -> None:
        for floor in self.on if not self.state.all_enabled else ():
            assert self.may_be_enabled_until.get(floor, -1.0) > self.now

    @law
    def fire_enables_every_floor_where_it_does(self) -> None:
        assert not self.state.all_enabled or self.on == set(FLOORS)

    @law
    def the_state_tells_what_the_relays_do(self) -> None:
        assert self.on == (set(FLOORS) if self.state.all_enabled else set(self.state.enabled))

    def permit(self, floors: Iterable[str]) -> None:
        """Note that these floors may be enabled for their time from now on."""
        self.may_be_enabled_until |= dict.fromkeys(floors, self.now + SECONDS)

    def tell(self, event: ElevatorEvent) -> None:
        """Take an event, and do what the cabin asks for."""
        self.state, effects = elevator.step(self.state, event)
        for effect in effects:
            match effect:
                case EnableFloors(floors):
                    self.on.update(floors)
                case DisableFloors(floors):
                    self.on.difference_update(floors)
                case FloorsRecord(RecordKind.RELEASED, floors, _, of):
                    assert of in self.recorded
                    assert self.on.issuperset(floors)
                case _:
                    pass


@SO_MANY
def test_a_cabin_keeps_its_laws_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(OneCabin, number=number, chance=chance)
