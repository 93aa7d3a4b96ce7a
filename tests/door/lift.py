"""An elevator with three floors whose disk, clock and policy are in the test's hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from doorctl.audit.leaf import Draft, Statement
from doorctl.audit.occupancy import KeptOccupancy
from doorctl.audit.state import Remembered
from doorctl.audit.writer import Verdict
from doorctl.core.machines.door_events import SignalName
from doorctl.core.machines.elevator import CabinSettings, OnFire
from doorctl.core.model import Credential, Door, Grant, Holder, Zone
from doorctl.core.modes import DoorModes
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.asked import Presented
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.asking.enrolments import Enrolments
from doorctl.door.elevator import Elevator, Floor
from doorctl.door.orders.orders import Orders
from doorctl.door.presence.movement_records import MovementRecords
from doorctl.door.presence.occupancy import Movement, OccupancyBook
from doorctl.door.reader_events import ReaderEvents
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import DoorPlace, PolicyPosition
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import Deed
from firmware_bridge.reader_events import CardRead, KeyPressed
from hardware.pins import StrikeState
from tests.core import builders
from tests.door.hand_driven import LATE_SECONDS, HandDrivenDoorway, Notebook
from tests.door.ordered import NOW

CABIN, READER = "lift", "lift-cabin"
GROUND, FIRST, SECOND = FLOORS = ("lift-ground", "lift-first", "lift-second")
LABEL = {GROUND: "G", FIRST: "1", SECOND: "2"}
ZONE = {floor: floor.removeprefix("lift-") for floor in FLOORS}
SECONDS = 8.0
ALWAYS = builders.a_schedule(builders.a_window("00:00", "24:00"))
RELEASED, SECURED = StrikeState.RELEASED, StrikeState.SECURED


def facts_at(floor: str, *, admits: bool, zone: Zone | None = None) -> Facts:
    """Make what is known of Ada at a floor."""
    grants = (Grant(f"g-{floor}", "ada", ZONE[floor]),) if admits else ()
    return builders.facts(*grants, door=Door(floor, ZONE[floor]), zone=zone or Zone(ZONE[floor]))


class Lift:
    """Ada may go to the floors named; ``hand`` settles records, and holds the clock and the policy."""

    def __init__(
        self,
        *admitted: str,
        on_fire: OnFire = OnFire.ENABLED,
        strict: Mapping[str, str] = MappingProxyType({}),
        keys: Path | None = None,
    ) -> None:
        self.hand = HandDrivenDoorway()
        self.at = builders.NOON
        self.asked: list[list[AccessRequest]] = []
        self.moves: list[tuple[str, StrikeState]] = []
        self.shown: list[SignalName] = []
        self.told: list[CarriedOut] = []
        self.facts = {floor: facts_at(floor, admits=floor in admitted) for floor in FLOORS}
        self.remembered: list[tuple[Remembered, ...]] = []
        self.moved: list[Movement] = []
        self.book = OccupancyBook(KeptOccupancy(), write=self.moved.extend, clock=lambda: self.at)
        around = replace(
            self.hand.around,
            drive=self._drive,
            signal=lambda _, name: self.shown.append(name),
            submit=self._submit,
            insist=MovementRecords(self.hand.around.statements, self._submit).insist,
            ask=lambda request, answered: answered(self.facts[request.door], self.hand.position),
            clock=lambda: self.at,
            occupancy=self.book,
        )
        self.elevator = Elevator(
            CABIN,
            [Floor(floor, LABEL[floor], strict.get(floor)) for floor in FLOORS],
            CabinSettings(FLOORS, enable_seconds=SECONDS, on_fire=on_fire),
            late_seconds=LATE_SECONDS,
            around=around,
            ask=self._ask,
        )
        self.orders = self._orders_with(around)
        if keys is not None:
            events = ReaderEvents({READER: self.elevator}, CardKeyFile(keys), Notebook(), clock=lambda: self.at)
            self.events = events
        self.lead_to()

    def _orders_with(self, around: Surroundings) -> Orders:
        return Orders(
            self.elevator.floors,
            deny_list=self.hand.deny_list,
            answered={},
            statements=around.statements,
            submit=around.submit,
            tell=self.told.append,
            position=lambda: self.hand.position,
            clock=lambda: datetime.fromtimestamp(NOW, UTC),
            enrolments=Enrolments(around, {}),
        )

    def lead_to(self, *locked_down: str, unread: Sequence[str] = ()) -> None:
        """Let a policy come that leads every floor into its zone."""
        for floor, doorway in self.elevator.floors.items():
            known = replace(self.facts[floor], credential=None, holder=None, grants=())
            locked, new = floor in locked_down, floor in unread
            doorway.move_to(DoorPlace(ZONE[floor], locked_down=locked, needs_upgrade=new, facts=known))

    def zone_of(self, floor: str, **differs: object) -> None:
        """Say what the zone of a floor asks for."""
        zone = replace(Zone(ZONE[floor]), **differs)  # type: ignore[arg-type]
        self.facts[floor] = replace(self.facts[floor], zone=zone)

    def mode_of(self, floor: str, modes: DoorModes) -> None:
        """Let a policy come that says in which mode a floor is, and commit what comes of it."""
        door = Door(floor, ZONE[floor], modes=modes)
        self.facts[floor] = replace(self.facts[floor], door=door, schedules={ALWAYS.id: ALWAYS})
        self.lead_to()
        self.hand.commit_all()

    def come(self, holder: str) -> None:
        """Let somebody else be in the cabin; they may go where Ada may."""
        self.facts = {
            floor: replace(facts, holder=Holder(holder), credential=Credential(builders.KEY, holder))
            for floor, facts in self.facts.items()
        }

    def present(self, *, read_seconds_ago: float = 0.0) -> None:
        """Present a card."""
        request = builders.a_request(door=CABIN)
        self.elevator.take(Presented(request, READER, self.hand.now - read_seconds_ago))

    def swipe(self) -> None:
        """Present a card, and commit all that comes of it."""
        self.present()
        self.hand.commit_all()

    def card(self, card: str) -> None:
        """Have the reader read a card."""
        self.events.take(CardRead(READER, card, self.hand.now))
        self.hand.commit_all()

    def keys(self, keys: str) -> None:
        """Press keys in the cabin."""
        for key in keys:
            self.events.take(KeyPressed(READER, key, self.hand.now))
        self.hand.commit_all()

    def wait(self, seconds: float) -> None:
        """Let so much time go by."""
        self.hand.now += seconds
        self.at += timedelta(seconds=seconds)
        self.elevator.tick(self.hand.now)
        self.hand.commit_all()

    def order(self, deed: Deed, *, number: int = 1) -> None:
        """Hand an order on, as the keeper does, and commit what comes of it."""
        self.orders.take(CarryOut(f"{number:032x}", "grace", NOW + 15, deed, True))
        self.hand.commit_all()

    @property
    def enabled(self) -> list[str]:
        """The floors whose relay is released now."""
        last = dict(self.moves)
        return [floor for floor in FLOORS if last.get(floor) is RELEASED]

    @property
    def reasons(self) -> list[Reason | None]:
        """The reasons of the decisions that were recorded."""
        return [it.reason for it in self.recorded(RecordKind.DECISION)]

    @property
    def said(self) -> list[tuple[RecordKind, str, Reason | None, int | None]]:
        """Kind, detail, reason and link of every record of the cabin and its floors."""
        return [(it.kind, it.detail, it.reason, it.of) for it in self.hand.statements]

    def recorded(self, kind: RecordKind) -> list[Statement]:
        """The records of a kind."""
        return [it for it in self.hand.statements if it.kind is kind]

    def _submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        self.remembered += [draft.remembered for draft in drafts if draft.remembered]
        self.hand.around.submit(drafts, done)

    def _drive(self, floor: str, state: StrikeState) -> None:
        self.moves.append((floor, state))
        self.hand.done.append(f"{floor} {state}")

    def _ask(
        self,
        requests: Sequence[AccessRequest],
        answered: Callable[[Sequence[Facts], PolicyPosition | None], None],
    ) -> None:
        self.asked.append(list(requests))

        def answer() -> None:
            answered([self.facts[request.door] for request in requests], self.hand.position)

        if self.hand.keeps_waiting:
            self.hand.questions.append(answer)
        else:
            answer()
