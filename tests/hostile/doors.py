"""The doors of the hostile world: each answers its keeper as a door process does, and all it is told must be true."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from doorctl.keeper.controller import Outgoing
from doorctl.wire.bell import CarriedOut, CarryOut, Confirmed, InForce, Look
from doorctl.wire.orders import OpenNow
from tests.keeper.site import AController


@dataclass
class Truth:
    """What has really happened: which revision was committed when, and which orders were given."""

    committed: list[tuple[float, int]] = field(default_factory=list)
    ordered: set[str] = field(default_factory=set)

    def commit(self, revision: int, now: float) -> None:
        """The hub has committed up to this revision."""
        if not self.committed or self.committed[-1][1] < revision:
            self.committed.append((now, revision))

    def newest_before(self, moment: float) -> int:
        """Return the newest revision that the hub had committed before a moment."""
        return next((revision for at, revision in reversed(self.committed) if at < moment), 0)


class WatchedDoor:
    """A door process of one controller; ``in_force`` is the revision by which it answers."""

    def __init__(self, name: str, truth: Truth) -> None:
        self.name = name
        self.in_force = 0
        self.confirmed = 0
        self.opened: Counter[str] = Counter()
        self._truth = truth
        self._is_to_look = False
        self._handed_over: set[str] = set()

    def greet(self, keeper: AController, now: float) -> list[Outgoing]:
        """Connect to a keeper, which may have been started just now."""
        self._handed_over.clear()
        keeper.door_arrives(now)
        return self._look(keeper, now)

    def listen(self, keeper: AController, now: float, at: datetime, *, looks: bool) -> list[Outgoing]:
        """Take what was told; look at the policy now, or at another time."""
        outgoing: list[Outgoing] = []
        while keeper.door.told:
            told = list(keeper.door.told)
            keeper.door.told.clear()
            for packet in told:
                outgoing += self._take(packet, keeper, now, at)
        if self._is_to_look and looks:
            outgoing += self._look(keeper, now)
        return outgoing

    def _take(self, packet: object, keeper: AController, now: float, at: datetime) -> list[Outgoing]:
        match packet:
            case Look():
                self._is_to_look = True
            case Confirmed(asked_at=asked_at):
                assert asked_at <= now
                assert keeper.position.revision >= self._truth.newest_before(asked_at)
                self.confirmed += 1
            case CarryOut(deed=OpenNow()):
                return self._carry_out(packet, keeper, now, at)
        return []

    def _carry_out(self, order: CarryOut, keeper: AController, now: float, at: datetime) -> list[Outgoing]:
        assert order.command in self._truth.ordered
        assert at.timestamp() < order.expires
        assert order.id not in self._handed_over
        self._handed_over.add(order.id)
        self.opened[order.command] += 1
        return keeper.keeper.hear_door(CarriedOut(order.id, "done", record=1), now)

    def _look(self, keeper: AController, now: float) -> list[Outgoing]:
        self._is_to_look, self.in_force = False, keeper.position.revision
        answer = InForce(keeper.position.epoch, self.in_force, (self.name,), "confirmed")
        return keeper.keeper.hear_door(answer, now)
