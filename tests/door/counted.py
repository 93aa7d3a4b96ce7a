"""Doors of one controller that count who is inside: the disk, the clock and the policy are in the test's hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from doorctl.audit.leaf import Draft
from doorctl.audit.occupancy import KeptOccupancy
from doorctl.audit.writer import Committed, Failed, Verdict
from doorctl.clock import WallClock
from doorctl.core.areas import Occupancy
from doorctl.core.machines.door_events import ContactClosed, ContactOpened, DoorEvent
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.model import CardLimits, Credential, Door, Grant, Holder, OnAuditFailure, Zone
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.asked import Presented, WayOut
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.doorway import Doorway
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.presence.movement_records import MovementRecords
from doorctl.door.presence.occupancy import OccupancyBook
from doorctl.door.statements import Statements
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import DoorPlace, PolicyPosition
from hardware.pins import StrikeState
from tests.core import builders

MOVES = frozenset({RecordKind.ENTERED, RecordKind.LEFT, RecordKind.OCCUPANCY_RESET})
HELD_SECONDS = 30.0


@dataclass(slots=True)
class Waiting:
    """Records that wait for their commit."""

    drafts: list[Draft]
    done: Callable[[Verdict], None]


@dataclass
class CountedDoors:
    """Doors by id with the zones they lead into; everybody is granted everything."""

    zones: dict[str, Zone]
    doors: dict[str, str]
    kept: KeptOccupancy = field(default_factory=KeptOccupancy)
    has_contact: bool = True
    egress_is_wired: bool = True
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    limits: Mapping[str, CardLimits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the doors; each has a reader outside and one inside."""
        self.now = 1000.0
        self.wall = builders.NOON
        self.drafts: list[Draft] = []
        self.waiting: list[Waiting] = []
        self.numbers = 0
        self.moves: list[tuple[str, StrikeState]] = []
        self.keeps_waiting = False
        self.records = MovementRecords(Statements(WallClock()), self._submit)
        self.book = OccupancyBook(
            self.kept, write=self.records.take, clock=lambda: self.wall, counter=lambda: self.now
        )
        self.book.learn(self.zones)
        self.deny_list = DenyList()
        around = Surroundings(
            ask=lambda request, answered: answered(self._facts(request), PolicyPosition(1, 7)),
            position=lambda: PolicyPosition(1, 7),
            submit=self._submit,
            insist=self.records.insist,
            drive=lambda door, state: self.moves.append((door, state)),
            signal=lambda *_: None,
            statements=Statements(WallClock()),
            deny_list=self.deny_list,
            wrong_pins=WrongPinBook({}, at=builders.NOON),
            occupancy=self.book,
            monotonic=lambda: self.now,
        )
        self.doorways = {id_: self._doorway(id_, around) for id_ in self.doors}

    def swipe(self, holder: str, door: str, *, out: bool = False) -> Reason | None:
        """Present somebody's card; return the reason of the decision, None while it waits for the disk."""
        before = len(self.drafts)
        request = AccessRequest(door, (holder.encode(),), self.wall)
        self.doorways[door].take(Presented(request, f"{door}-out" if out else f"{door}-in", self.now))
        decisions = [it.statement for it in self.drafts[before:] if it.statement.kind is RecordKind.DECISION]
        return decisions[0].reason if decisions else None

    def open(self, door: str) -> None:
        """Open a door and close it again."""
        self.tell(door, ContactOpened(self.now))
        self.tell(door, ContactClosed(self.now))

    def tell(self, door: str, event: ContactOpened | ContactClosed | DoorEvent) -> None:
        """Tell a door of something."""
        if isinstance(event, (ContactOpened, ContactClosed)):
            self.doorways[door].take(event)
        else:
            self.doorways[door].step(event)

    def go(self, holder: str, door: str, *, out: bool = False) -> Reason | None:
        """Have somebody present a card and, if that releases the door, pass."""
        reason = self.swipe(holder, door, out=out)
        if (door, StrikeState.RELEASED) in self.moves:
            self.moves.clear()
            self.open(door)
        return reason

    def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.wall += timedelta(seconds=seconds)
        for doorway in self.doorways.values():
            doorway.tick(self.now)

    def commit(self) -> None:
        """Commit all that waits, and what comes of it."""
        while self.waiting:
            waiting = self.waiting.pop(0)
            waiting.done(self._committed(waiting.drafts))

    def fail(self) -> None:
        """Fail all that waits by now."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each.done(Failed("no space"))

    def count(self, *zones: str) -> tuple[int, ...]:
        """Tell how many are inside these zones."""
        return tuple(self.book.count(zone) for zone in zones)

    @property
    def moved(self) -> list[tuple[RecordKind, str, str, str]]:
        """Kind, zone, subject and detail of each record of a movement, in their order."""
        statements = [(it.statement, it.subject) for it in self.drafts]
        return [(it.kind, it.zone, subject, it.detail) for it, subject in statements if it.kind in MOVES]

    def _doorway(self, id_: str, around: Surroundings) -> Doorway:
        settings = DoorSettings(has_contact=self.has_contact, rex_releases=True)
        inside = WayOut(frozenset({f"{id_}-out"}), self.egress_is_wired)
        doorway = Doorway(id_, DoorState(settings), late_seconds=2.0, around=around, way_out=inside)
        doorway.move_to(DoorPlace(self.doors[id_]))
        doorway.take(ContactClosed(self.now))
        return doorway

    def _facts(self, request: AccessRequest) -> Facts:
        holder, zone = request.credentials[0].decode(), self.zones[self.doors[request.door]]
        return builders.facts(
            Grant("g1", holder, zone.id),
            door=Door(request.door, zone.id),
            zone=replace(zone, on_audit_failure=self.on_audit_failure),
            credential=Credential(request.credentials[0], holder),
            holder=Holder(holder),
            limits=self.limits.get(holder),
        )

    def _submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        self.drafts.extend(drafts)
        if self.keeps_waiting:
            self.waiting.append(Waiting(drafts, done))
        else:
            done(self._committed(drafts))

    def _committed(self, drafts: list[Draft]) -> Committed:
        numbers = list(range(self.numbers, self.numbers + len(drafts)))
        self.numbers += len(drafts)
        return Committed(numbers)


def one_zone(occupancy: Occupancy | None, *doors: str) -> tuple[dict[str, Zone], dict[str, str]]:
    """Make a zone that asks this of who is inside, with doors into it."""
    zone = replace(builders.FLOOR_3, occupancy=occupancy)
    return {zone.id: zone}, dict.fromkeys(doors or ("front",), zone.id)


def nested(*, floor: Occupancy, building: Occupancy) -> tuple[dict[str, Zone], dict[str, str]]:
    """Make a building with a floor in it, and a door into each."""
    zones = {"building": Zone("building", occupancy=building), "floor": Zone("floor", occupancy=floor)}
    return zones, {"gate": "building", "front": "floor"}


def at(hour: int, minute: int = 0) -> datetime:
    """Return a moment of the day of the tests."""
    return builders.NOON.replace(hour=hour, minute=minute)
