"""Two doors of an airlock, each locked because of the other: their disk and clock are in the test's hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from doorctl.audit.leaf import Draft, Statement
from doorctl.audit.writer import Verdict
from doorctl.core.machines.door_events import ContactClosed, ContactOpened
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.model import Door
from doorctl.core.modes import DoorModes, Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.interlock import InterlockWhile
from doorctl.door.asking.asked import Presented
from doorctl.door.asking.enrolments import Enrolments
from doorctl.door.doorway import Doorway
from doorctl.door.interlock import Interlock, Others
from doorctl.door.orders.orders import Orders
from doorctl.policy.building import DoorPlace, PolicyPosition
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import Deed
from hardware.pins import StrikeState
from tests.core import builders
from tests.door.hand_driven import ADMITTED, LATE_SECONDS, HandDrivenDoorway
from tests.door.ordered import NOW

INNER, OUTER = "inner", "outer"
OTHER = {INNER: OUTER, OUTER: INNER}
BY_REX = DoorSettings(rex_releases=True)
RELEASED, SECURED = StrikeState.RELEASED, StrikeState.SECURED


class Airlock:
    """Whoever asks is admitted by all other rules; ``hand`` settles records, and holds the clock and the policy."""

    def __init__(
        self,
        *,
        lasting: InterlockWhile = InterlockWhile.UNLOCKED_OR_OPEN,
        facts: Facts = ADMITTED,
        settings: DoorSettings = BY_REX,
    ) -> None:
        self.hand = HandDrivenDoorway(facts)
        self.lasting = lasting
        self.settings = settings
        self.moves: list[tuple[str, StrikeState]] = []
        self.told: list[CarriedOut] = []
        self.orders_given = 0
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart: nothing is known of either door, and nothing waits."""
        self.hand.waiting.clear()
        self.hand.questions.clear()
        interlock = Interlock({door: Others((other,), self.lasting) for door, other in OTHER.items()})
        around = replace(
            self.hand.around,
            ask=self._ask,
            submit=self.submit,
            drive=lambda door, state: self.moves.append((door, state)),
            interlock=interlock,
        )
        self.doors = {
            door: Doorway(door, DoorState(self.settings), late_seconds=LATE_SECONDS, around=around) for door in OTHER
        }
        for doorway in self.doors.values():
            doorway.move_to(DoorPlace("floor-3"))
        self.orders = Orders(
            self.doors,
            deny_list=self.hand.deny_list,
            answered={},
            statements=around.statements,
            submit=around.submit,
            tell=self.told.append,
            position=lambda: self.hand.position,
            clock=lambda: datetime.fromtimestamp(NOW, UTC),
            enrolments=Enrolments(around, {}),
        )

    def set_mode(self, door: str, mode: Mode) -> None:
        """Let a policy come by which a door is always in this mode."""
        known = builders.facts(door=Door(door, "floor-3", DoorModes(mode)), credential=None, holder=None)
        self.doors[door].move_to(DoorPlace("floor-3", facts=known))

    def close_both(self) -> None:
        """Let both contacts tell that their doors are closed."""
        for doorway in self.doors.values():
            doorway.take(ContactClosed(self.hand.now))

    def present(self, door: str) -> None:
        """Present a card."""
        self.doors[door].take(Presented(builders.a_request(door=door), f"{door}-reader", self.hand.now))

    def let_in(self, door: str) -> None:
        """Present a card, and commit all that comes of it."""
        self.present(door)
        self.hand.commit_all()

    def pass_through(self, door: str) -> None:
        """Open a door and close it."""
        self.doors[door].take(ContactOpened(self.hand.now))
        self.doors[door].take(ContactClosed(self.hand.now))

    def order(self, deed: Deed) -> None:
        """Hand an order on, as the keeper does."""
        self.orders_given += 1
        self.orders.take(CarryOut(f"{self.orders_given:032x}", "grace", NOW + 15, deed, True))

    def wait(self, seconds: float) -> None:
        """Let so much time go by."""
        self.hand.now += seconds
        for doorway in self.doors.values():
            doorway.tick(self.hand.now)

    def submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        """Take records."""
        self.hand.around.submit(drafts, done)

    def reasons(self, kind: RecordKind) -> list[tuple[str, Reason | None]]:
        """Door and reason of each record of a kind."""
        return [(it.door, it.reason) for it in self.statements if it.kind is kind]

    @property
    def statements(self) -> list[Statement]:
        """What was submitted."""
        return self.hand.statements

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """What the keeper was told of orders."""
        return [(told.outcome, told.reason) for told in self.told]

    def _ask(self, request: AccessRequest, answered: Callable[[Facts, PolicyPosition | None], None]) -> None:
        def answer() -> None:
            answered(replace(self.hand.facts, door=Door(request.door, "floor-3")), self.hand.position)

        if self.hand.keeps_waiting:
            self.hand.questions.append(answer)
        else:
            answer()
