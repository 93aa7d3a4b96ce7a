"""A doorway and who carries out its orders: its disk and its clock are in the test's hand."""

from datetime import UTC, datetime

from doorctl.audit.state import Memory
from doorctl.door.asking.enrolments import Enrolments
from doorctl.door.orders.orders import Orders
from doorctl.policy.building import DoorPlace
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import Deed, OpenNow
from tests.door.hand_driven import HandDrivenDoorway

NOW = 1_800_000_000
ID = "0" * 32
OPEN = OpenNow("front")


class Ordered:
    """A doorway, and who carries out its orders; its disk is in the test's hand."""

    def __init__(
        self,
        *,
        memory: Memory | None = None,
        strict_zone: str | None = None,
        door: str = OPEN.door,
        readers: tuple[str, ...] = ("front-in",),
    ) -> None:
        self.door = HandDrivenDoorway(strict_zone=strict_zone)
        self.door.doorway.move_to(DoorPlace("floor-3"))
        self.told: list[CarriedOut] = []
        self.time = float(NOW)
        self.enrolments = Enrolments(self.door.around, {door: readers})
        self.orders = Orders(
            {door: self.door.doorway},
            deny_list=self.door.deny_list,
            answered=(memory or Memory()).orders,
            statements=self.door.around.statements,
            submit=self.door.around.submit,
            tell=self.told.append,
            position=lambda: self.door.position,
            clock=lambda: datetime.fromtimestamp(self.time, UTC),
            enrolments=self.enrolments,
        )

    def take(
        self,
        deed: Deed = OPEN,
        *,
        id_: str = ID,
        by_officer: bool = False,
        expires: int = NOW + 15,
        command: str = "",
        epoch: int = 0,
    ) -> None:
        """Hand an order on, as the keeper does."""
        self.orders.take(CarryOut(id_, "grace", expires, deed, by_officer, command, epoch))

    def outcomes(self) -> list[tuple[str, str]]:
        """What the keeper was told."""
        return [(told.outcome, told.reason) for told in self.told]


def lock_down(ordered: Ordered) -> None:
    """Let a policy come by which the zone is locked down."""
    ordered.door.doorway.move_to(DoorPlace("floor-3", locked_down=True))
