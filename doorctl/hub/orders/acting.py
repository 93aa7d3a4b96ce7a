"""What acts now: orders to doors, and the denials that run before the policy."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from msgspec.structs import replace

from doorctl.database import transaction
from doorctl.hub.answers import Answered
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import Operation, changes_after, epoch_of
from doorctl.hub.orders.leavers import HEARD_SECONDS, Leavers, denials_in
from doorctl.hub.orders.sent import Demand, Ended, OrdersSent, order_to, sent_to
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.settlement import Step
from doorctl.hub.stored_answers import replace_answer
from doorctl.keys.identity import Identity
from doorctl.policy.apply import position_of
from doorctl.wire.messages import Change
from doorctl.wire.orders import Carried, Denial, Order
from doorctl.wire.topics import Address, Channel

MOST_LOOKED_AT = 200
"""So many of the newest changes are looked at when the hub starts."""


class Acting:
    """Sends orders, and tells what became of them."""

    def __init__(self, connection: sqlite3.Connection, identity: Identity, roll: Roll) -> None:
        """Order in the hub's name; nothing is on its way yet but the leavers of just before the hub stopped."""
        self._connection = connection
        self._identity = identity
        self._roll = roll
        self._orders = OrdersSent(identity, site=roll.trust.site)
        self._leavers = Leavers()
        self._before: int | None = position_of(connection).revision

    def order(self, answered: Answered, at: datetime) -> list[Outgoing]:
        """Order what a command asks for."""
        return self._orders.send(Demand(answered.admin, answered.command, answered.note), answered.orders, at)

    def deny_first(self, answered: Answered, changes: Iterable[Change], at: datetime) -> list[Outgoing]:
        """Order every controller to deny at once whom these changes take away."""
        listed = list(changes)
        operations = [operation for change in listed for operation in change.operations]
        return self._deny(answered, operations, revision=listed[-1].revision, at=at)

    def deny_meanwhile(self, answered: Answered, revision: int, at: datetime) -> list[Outgoing]:
        """Order every controller to deny until a revision whom a kept command will take away."""
        return self._deny(answered, answered.kept, revision=revision, at=at)

    def _deny(
        self, answered: Answered, operations: Sequence[Operation], *, revision: int, at: datetime
    ) -> list[Outgoing]:
        denials = denials_in(operations, revision=revision)
        if not denials:
            return []
        epoch = epoch_of(position_of(self._connection))
        names = list(self._roll.presences)
        orders = [self._order_to_deny(answered, each, name, epoch, at) for each in denials for name in names]
        awaited: dict[str, list[str]] = defaultdict(list)
        for order in orders:
            awaited[order.controller].append(order.id)
        self._leavers.begin(awaited, revision, roll=self._roll, epoch=epoch, at=at)
        return [sent_to(order, self._identity) for order in orders]

    def _order_to_deny(self, answered: Answered, denial: Denial, controller: str, epoch: int, at: datetime) -> Order:
        """Make an order that also counts at a controller that is further than we know to be ourselves.

        There our revision is one that it has long passed: it denies until the next one of its own.
        """
        theirs, revision = self._roll.place_of(controller)
        until_epoch, until = max((epoch, denial.revision), (theirs, revision + 1))
        demand = Demand(answered.admin, answered.command, note=b"")  # to deny, the hub's word is enough
        deed = replace(denial, revision=until)
        return order_to(controller, deed, demand, site=self._roll.trust.site, epoch=until_epoch, at=at)

    def on_carried(self, controller: str, payload: bytes, _: datetime) -> list[Outgoing]:
        """Take what a controller says of an order. Raises Refused."""
        carried = self._roll.open(payload, Carried, controller=controller)
        self._leavers.carried(carried)
        ended = self._orders.carried(carried)
        return [] if ended is None else [self._answer(ended)]

    def tick(self, at: datetime) -> list[Outgoing]:
        """Answer for orders that nobody has answered, and say which leavers are not confirmed."""
        if self._before is not None:
            self._wait_on(self._before, at)
            self._before = None
        self._leavers.tick(self._roll, at)
        self._roll.late_with_leavers = self._leavers.late(self._roll)
        return [self._answer(ended) for ended in self._orders.overdue(at)]

    def alarm_about(self, step: Step) -> str:
        """Return what to tell first where a wait for leavers ends, and who is there has not confirmed."""
        silent = sorted(self._leavers.unconfirmed(step.waiting.revision) & set(step.lacking)) if step.is_final else []
        return f"ALARM: no confirmation from {', '.join(silent)}: let somebody stand at its doors; " if silent else ""

    def _wait_on(self, newest: int, at: datetime) -> None:
        """Wait again for those who have not confirmed the leavers of just before, by their revision alone."""
        epoch = epoch_of(position_of(self._connection))
        for change in islice(changes_after(self._connection, newest - MOST_LOOKED_AT), MOST_LOOKED_AT):
            denials = denials_in(change.operations, revision=change.revision)
            if denials and 0 <= at.timestamp() - change.at <= HEARD_SECONDS:
                unknown = {name: [""] for name in self._roll.presences}
                self._leavers.begin(unknown, change.revision, roll=self._roll, epoch=epoch, at=at)

    def _answer(self, ended: Ended) -> Outgoing:
        payload = signed(self._identity, ended.response)
        with transaction(self._connection):
            replace_answer(self._connection, payload, admin=ended.demand.admin, command=ended.demand.command)
        return Outgoing(Address(Channel.RESPONSE, ended.demand.admin), payload)
