"""The doors of the hostile world: each answers its keeper as a door process does, and all it is told must be true.

Orders are carried out by what carries them out in a door process, on a strike that counts.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from doorctl.audit.leaf import Draft
from doorctl.audit.state import Memory, OrderAnswered
from doorctl.audit.writer import Committed, Verdict
from doorctl.keeper.controller import Outgoing
from doorctl.wire.bell import CarryOut, Confirmed, InForce, Look
from doorctl.wire.orders import OpenNow
from tests.door.hand_driven import RELEASED
from tests.door.ordered import Ordered
from tests.keeper.site import AController

LONGER_THAN_A_RELEASE = 60.0


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
    """A door process of one controller; ``in_force`` is the revision by which it answers.

    ``opened`` counts the strike's releases by command, ``again`` the orders to open that came once more.
    """

    def __init__(self, name: str, truth: Truth) -> None:
        self.name = name
        self.in_force = 0
        self.confirmed = 0
        self.opened: Counter[str] = Counter()
        self.again = 0
        self._truth = truth
        self._is_to_look = False
        self._handed_over: set[str] = set()
        self._on_disk: dict[str, tuple[OrderAnswered, int]] = {}
        self._records = 0
        self.restart()

    def restart(self) -> None:
        """Begin again with what is on disk: of all orders, what a record's commit has remembered."""
        self._ordered = Ordered(memory=Memory(orders=dict(self._on_disk)), door=self.name)
        self._ordered.door.submit_to(self._commit)

    def greet(self, keeper: AController, now: float) -> list[Outgoing]:
        """Connect to a keeper that was started just now, and may hand over what the one before it did."""
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
        self.again += order.id in self._on_disk
        self.opened[order.command] += self._releases_by(order, at)
        told, self._ordered.told[:] = list(self._ordered.told), []
        return [each for said in told for each in keeper.keeper.hear_door(said, now)]

    def _releases_by(self, order: CarryOut, at: datetime) -> int:
        """Hand an order to a door whose strike is secured; return how often it was released."""
        strike, self._ordered.time = self._ordered.door, at.timestamp()
        strike.now += LONGER_THAN_A_RELEASE
        strike.doorway.tick(strike.now)
        strike.done.clear()
        self._ordered.orders.take(order)
        return strike.moves.count(RELEASED)

    def _commit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        """Commit records and what they remember, at once."""
        for draft in drafts:
            self._records += 1
            for each in draft.remembered:
                if isinstance(each, OrderAnswered):
                    self._on_disk[each.id] = (each, self._records)
        done(Committed([self._records]))

    def _look(self, keeper: AController, now: float) -> list[Outgoing]:
        self._is_to_look, self.in_force = False, keeper.position.revision
        answer = InForce(keeper.position.epoch, self.in_force, (self.name,), "confirmed")
        return keeper.keeper.hear_door(answer, now)
