"""One elevator at work: a reader in the cabin, and a relay for each floor, which to the policy is a door.

1. Who asks in the cabin asks at the doors of all floors at once, and one record answers (`cabin_questions.py`).
2. A floor's own door (`Doorway`) takes the orders to it, keeps its mode and hears where the policy leads it; it has
   no reader.
3. A relay is released while a swipe, a fire, or an order to its floor's door or that door's mode has it so.
4. A lockdown ends what swipes have enabled at its floors, at once.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doorctl.audit.state import FireKept
from doorctl.core.machines.door_events import FireStarted, Record, Signal, Tick
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.machines.elevator import CabinSettings, CabinState, step
from doorctl.core.machines.elevator_events import (
    ChoiceRecord,
    DisableFloors,
    ElevatorEffect,
    ElevatorEvent,
    EnableFloors,
    FloorChosen,
    FloorsRecord,
    FloorsWithdrawn,
)
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.access_point import AccessPoint
from doorctl.door.asking.asked import Keyed, Presented
from doorctl.door.asking.cabin_questions import AskTogether, CabinQuestions
from doorctl.door.asking.pin_pads import PinPads
from doorctl.door.doorway import Doorway
from doorctl.door.presence.occupancy import Place
from doorctl.door.presence.rides import Rides
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import DoorPlace
from hardware.pins import StrikeState


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor as the cabin has it: its door, what stands on its button, and its zone if its configuration says so."""

    door: str
    label: str
    strict_zone: str | None = None


class FloorDoor(Doorway):
    """The door of a floor: what a policy or an order tells it, the cabin hears, too."""

    def __init__(
        self,
        floor: Floor,
        settings: CabinSettings,
        *,
        late_seconds: float,
        around: Surroundings,
        hear: Callable[[str], None],
    ) -> None:
        """Start secured; it has no contact, and no reader of its own."""
        state = DoorState(DoorSettings(unlock_seconds=settings.enable_seconds, has_contact=False))
        super().__init__(floor.door, state, late_seconds=late_seconds, around=around, strict_zone=floor.strict_zone)
        self._hear = hear

    def move_to(self, place: DoorPlace | None) -> None:
        """Learn where another policy leads it."""
        super().move_to(place)
        self._hear(self.door)

    def end_what_is_denied(self) -> None:
        """End what is under way for those whom an order denies."""
        super().end_what_is_denied()
        self._hear(self.door)


class Elevator(AccessPoint):
    """Drives one cabin's floors; used from the loop's thread alone."""

    def __init__(
        self,
        cabin: str,
        floors: Sequence[Floor],
        settings: CabinSettings,
        *,
        late_seconds: float,
        around: Surroundings,
        ask: AskTogether,
    ) -> None:
        """Start with every floor disabled; nothing moves until something happens."""
        super().__init__(cabin, around)
        self._labels = {floor.door: floor.label for floor in floors}
        self._state = CabinState(settings)
        self._enabled: set[str] = set()
        self._ordered: set[str] = set()
        self._waiting: deque[Presented | Keyed] = deque()
        self._rides = Rides(around.occupancy)
        of_floors = replace(around, drive=self._obey_order, signal=lambda _, name: around.signal(cabin, name))
        self.floors = {
            floor.door: FloorDoor(floor, settings, hear=self._hear, late_seconds=late_seconds, around=of_floors)
            for floor in floors
        }
        self._questions = CabinQuestions(
            self,
            {floor: doorway.questions for floor, doorway in self.floors.items()},
            ask=ask,
            late_seconds=late_seconds,
            around=around,
            floods=self._floods,
        )

    @property
    def pins(self) -> PinPads:
        """The PINs that are being entered in the cabin."""
        return self._questions.pins

    def enabling(self) -> frozenset[int | None]:
        """Number the decisions by which floors are enabled now."""
        return frozenset(of for enabled in self._state.enabled.values() for of in enabled.decisions)

    def take(self, event: Presented | Keyed) -> None:
        """Take a card or a PIN in its turn."""
        if not self._drops(event, waiting=len(self._waiting)):
            self._waiting.append(event)
            self.go_on()

    def go_on(self) -> None:
        """Take what has waited, while nobody asks."""
        while self._waiting and not self._questions.is_busy:
            self._questions.ask(self._waiting.popleft())

    def choose(self, floor: str) -> None:
        """Take it that a floor's button was pressed in the cabin."""
        self.step(FloorChosen(floor))

    def tick(self, now: float) -> None:
        """Do what is due, and tell what the flood rule only counted."""
        deadline = self._state.next_deadline
        if deadline is not None and deadline <= now:
            self.step(Tick(now))
        for doorway in self.floors.values():
            doorway.tick(now)
        self._questions.tick(now)
        self._tell_counted(self._floods.summaries(now))

    def step(self, event: ElevatorEvent) -> None:
        """Tell the core of it, and do what it answers."""
        self._state, effects = step(self._state, event)
        for effect in effects:
            self._perform(effect)
        self._rides.follow({floor: enabled.decisions for floor, enabled in self._state.enabled.items()})
        if isinstance(event, FireStarted):
            self._around.occupancy.forget("fire")

    def expect(self, places: Mapping[str, Place | None], *, of: int | None) -> None:
        """Expect those for whom places are reserved at these floors: they may go there now."""
        self._rides.expect(places, of=of)

    def _perform(self, effect: ElevatorEffect) -> None:
        match effect:
            case EnableFloors(floors):
                self._enabled.update(floors)
                self._drive(floors)
            case DisableFloors(floors):
                self._enabled.difference_update(floors)
                self._drive(floors)
            case Signal(name):
                self._around.signal(self.door, name)
            case FloorsRecord(RecordKind.DECISION, floors):
                self._questions.record(self._named(floors), zone=self._zone_of(floors))
            case FloorsRecord(RecordKind.FIRE as kind, _, reason, _, detail):
                self._record(Record(kind, reason, detail=detail), remembered=(FireKept(self._state.fire),))
            case FloorsRecord(kind, floors, reason, of, detail):
                self._record_floors(Record(kind, reason, of, detail or self._named(floors)), floors)
            case ChoiceRecord(floor, reason, of):
                chosen, subject = Record(RecordKind.FLOOR_CHOSEN, reason, of), self._questions.subject_of(of)
                self._record(chosen, door=floor, zone=self.floors[floor].zone, subject=subject)
                self._rides.choose(floor, of=of)
                self._questions.note_choice(floor, of)

    def _hear(self, floor: str) -> None:
        """Hear what a floor's door has: end what is locked down there or denied, and what we cannot read any more."""
        doorway = self.floors[floor]
        if doorway.is_locked_down:
            self.step(FloorsWithdrawn(frozenset({floor}), Reason.LOCKDOWN))
        elif doorway.place is not None and doorway.place.needs_upgrade:
            self.step(FloorsWithdrawn(frozenset({floor}), Reason.NEEDS_UPGRADE))
        self._questions.end_what_is_denied()

    def _obey_order(self, floor: str, state: StrikeState) -> None:
        """Do with a floor's relay what its door asks for, where no swipe and no fire has it released anyway."""
        if state is StrikeState.RELEASED:
            self._ordered.add(floor)
        else:
            self._ordered.discard(floor)
        self._drive((floor,))

    def _drive(self, floors: Iterable[str]) -> None:
        for floor in floors:
            is_released = floor in self._enabled or floor in self._ordered
            self._around.drive(floor, StrikeState.RELEASED if is_released else StrikeState.SECURED)

    def _named(self, floors: Sequence[str]) -> str:
        """Name floors as their buttons do: at most 64 of at most 3 characters, which fit into a record."""
        return f"floors={','.join(self._labels[floor] for floor in floors)}" if floors else ""

    def _zone_of(self, floors: Sequence[str]) -> str:
        """Name the zone that floors lead into, if it is one and the same."""
        zones = {self.floors[floor].zone for floor in floors}
        return zones.pop() if len(zones) == 1 else ""

    def _record_floors(self, record: Record, floors: Sequence[str]) -> None:
        """Have it recorded, and with it that uses of cards are forgiven by which nobody came in."""
        zone, forgiven = self._zone_of(floors), self._questions.forgiven_by(record)
        if forgiven is None:
            self._record(record, zone=zone)
        else:
            self._forgive(record, forgiven, zone=zone)
