"""What acts now: orders to doors, and the denials that run before the policy."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from doorctl.database import transaction
from doorctl.hub.desk import Answered
from doorctl.hub.orders_sent import Demand, Ended, OrdersSent, order_of
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.roll import Roll
from doorctl.hub.stored_answers import replace_answer
from doorctl.hub.urgency import Leavers, denial_in
from doorctl.hub.verbs.asked import Assignment
from doorctl.keys import Identity
from doorctl.messages import Change
from doorctl.orders import Carried
from doorctl.policy.apply import position_of
from doorctl.topics import Address, Channel


class Acting:
    """Sends orders, and tells what became of them."""

    def __init__(self, connection: sqlite3.Connection, identity: Identity, roll: Roll) -> None:
        """Order in the hub's name; nothing is on its way yet."""
        self._connection = connection
        self._identity = identity
        self._roll = roll
        self._orders = OrdersSent(identity, site=roll.trust.site)
        self._leavers = Leavers()

    def order(self, answered: Answered, assignment: Assignment, at: datetime) -> Outgoing:
        """Order what a command asks for."""
        return self._orders.send(Demand(answered.admin, answered.command, answered.note), assignment, at)

    def deny_first(self, answered: Answered, changes: Iterable[Change], at: datetime) -> list[Outgoing]:
        """Order every controller to deny at once whom these changes take away."""
        listed = list(changes)
        if (deed := denial_in(listed)) is None:
            return []
        demand = Demand(answered.admin, answered.command, note=b"")  # to deny, the hub's word is enough
        epoch = position_of(self._connection).epoch
        self._leavers.begin(answered.command, listed[-1].revision, roll=self._roll, epoch=epoch, at=at)
        return [
            order_of(self._identity, demand, Assignment(name, deed), site=self._roll.trust.site, at=at)
            for name in self._roll.presences
        ]

    def on_carried(self, controller: str, payload: bytes, _: datetime) -> list[Outgoing]:
        """Take what a controller says of an order. Raises Refused."""
        carried = self._roll.open(payload, Carried, controller=controller)
        self._leavers.carried(carried)
        ended = self._orders.carried(carried)
        return [] if ended is None else [self._answer(ended)]

    def tick(self, at: datetime) -> list[Outgoing]:
        """Answer for orders that nobody has answered, and say which leavers are not confirmed."""
        self._leavers.tick(self._roll, at)
        return [self._answer(ended) for ended in self._orders.overdue(at)]

    def _answer(self, ended: Ended) -> Outgoing:
        payload = signed(self._identity, ended.response)
        with transaction(self._connection):
            replace_answer(self._connection, payload, admin=ended.demand.admin, command=ended.demand.command)
        return Outgoing(Address(Channel.RESPONSE, ended.demand.admin), payload)
