"""Orders that act now: signed for one controller, over within seconds, and answered by what became of them.

An order goes out once. What its controller says is remembered as the answer to the command, so a repeat of the
command never makes a second order.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorctl.core.order_rules import ORDER_SECONDS, OrderOutcome
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.verbs.asked import Assignment
from doorctl.keys.identity import Identity
from doorctl.wire.messages import Response
from doorctl.wire.orders import NO_LONGER, Carried, HoldOpenUntil, Order
from doorctl.wire.topics import Address, Channel
from doorctl.wire.verdict import Verdict

LASTS_SECONDS = ORDER_SECONDS - 5
"""A controller refuses what lasts longer than ``ORDER_SECONDS`` by its own clock, which may be behind ours."""
ANSWER_PATIENCE = timedelta(seconds=ORDER_SECONDS + 1)
"""By the controller's clock, the order may last that long."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Who wants a deed done: the admin, the id of their command, and that command as they signed it."""

    admin: str
    command: str
    note: bytes


@dataclass(frozen=True, slots=True)
class SentOrder:
    """An order on its way, and when it went."""

    demand: Demand
    assignment: Assignment
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """An order that is over, and the response to its admin."""

    demand: Demand
    response: Response


def order_of(identity: Identity, demand: Demand, assignment: Assignment, *, site: str, at: datetime) -> Outgoing:
    """Sign an order, with the admin's own command in it."""
    order = Order(
        site=site,
        controller=assignment.controller,
        id=demand.command,
        admin=demand.admin,
        expires=int(at.timestamp()) + LASTS_SECONDS,
        deed=assignment.deed,
        command=demand.note.decode(),
    )
    return Outgoing(Address(Channel.ORDER, assignment.controller), signed(identity, order))


class OrdersSent:
    """The orders that doors were given and that are not answered yet."""

    def __init__(self, identity: Identity, *, site: str) -> None:
        """Order in this hub's name."""
        self._identity = identity
        self._site = site
        self._sent: dict[str, SentOrder] = {}

    def send(self, demand: Demand, assignment: Assignment, at: datetime) -> Outgoing:
        """Return the order, and wait for its answer."""
        self._sent[demand.command] = SentOrder(demand, assignment, at)
        return order_of(self._identity, demand, assignment, site=self._site, at=at)

    def carried(self, carried: Carried) -> Ended | None:
        """Take what a controller says of an order; None for one that it was not given, or that is answered."""
        sent = self._sent.get(carried.id)
        if sent is None or sent.assignment.controller != carried.controller:
            return None
        del self._sent[carried.id]
        if carried.outcome == OrderOutcome.DONE:
            return self._ended(sent, verdict=Verdict.DONE, text=_done(sent.assignment))
        text = f"{carried.controller} has not done it: {carried.reason or carried.outcome}"
        return self._ended(sent, verdict=Verdict.REFUSED, text=text, reason=carried.reason or "refused")

    def overdue(self, at: datetime) -> list[Ended]:
        """Return, once, the orders that nobody has answered in time."""
        late = [sent for sent in self._sent.values() if not sent.at <= at < sent.at + ANSWER_PATIENCE]
        for sent in late:
            del self._sent[sent.demand.command]
        return [self._ended(sent, verdict=Verdict.PARTIAL, text=_silent(sent.assignment)) for sent in late]

    def _ended(self, sent: SentOrder, *, verdict: Verdict, text: str, reason: str = "") -> Ended:
        response = Response(
            site=self._site,
            admin=sent.demand.admin,
            command=sent.demand.command,
            verdict=verdict,
            reason=reason,
            text=text,
        )
        return Ended(sent.demand, response)


def _done(assignment: Assignment) -> str:
    match assignment.deed:
        case HoldOpenUntil(_, until):
            does = "holds the door open no longer" if until == NO_LONGER else "holds the door open"
        case _:
            does = "has released the door"
    return f"{assignment.controller} {does}"


def _silent(assignment: Assignment) -> str:
    return f"no word from {assignment.controller}: the door may have been released; the order is over now"
