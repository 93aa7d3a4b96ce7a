"""Orders that act now: signed for one controller, over within seconds, and answered by what became of them.

An order goes out once. What its controller says is remembered as the answer to the command, so a repeat of the
command never makes a second order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorctl.core.rules.order_rules import ORDER_SECONDS, OrderOutcome
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.verbs.asked import Assignment
from doorctl.keys.identity import Identity
from doorctl.wire.messages import Response
from doorctl.wire.orders import NO_LONGER, Carried, Deed, Enrol, HoldOpenUntil, Order, order_id
from doorctl.wire.topics import Address, Channel
from doorctl.wire.verdict import Verdict

LASTS_SECONDS = ORDER_SECONDS - 5
"""A controller refuses what lasts longer than ``ORDER_SECONDS`` by its own clock, which may be behind ours."""
MAX_TEXT = 1000
ANSWER_PATIENCE = timedelta(seconds=ORDER_SECONDS + 1)
"""By the controller's clock, the order may last that long."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Who wants a deed done: the admin, the id of their command, and that command as they signed it."""

    admin: str
    command: str
    note: bytes


@dataclass(slots=True)
class _Sent:
    """What was ordered for one command, whose word is awaited, and what has been told."""

    demand: Demand
    at: datetime
    awaited: dict[str, Deed]
    told: list[str]
    refusals: list[str]


@dataclass(frozen=True, slots=True)
class Ended:
    """An order that is over, and the response to its admin."""

    demand: Demand
    response: Response


def order_to(controller: str, deed: Deed, demand: Demand, *, site: str, at: datetime, epoch: int = 0) -> Order:
    """Make an order to one controller, with the admin's own command in it."""
    return Order(
        site=site,
        controller=controller,
        id=order_id(demand.admin, demand.command, deed),
        admin=demand.admin,
        expires=int(at.timestamp()) + LASTS_SECONDS,
        deed=deed,
        command=demand.note.decode(),
        epoch=epoch,
    )


def sent_to(order: Order, identity: Identity) -> Outgoing:
    """Sign an order for its controller."""
    return Outgoing(Address(Channel.ORDER, order.controller), signed(identity, order))


class OrdersSent:
    """The orders that doors were given and that are not answered yet, by their ids."""

    def __init__(self, identity: Identity, *, site: str) -> None:
        """Order in this hub's name."""
        self._identity = identity
        self._site = site
        self._sent: dict[str, _Sent] = {}

    def send(self, demand: Demand, assignments: Sequence[Assignment], at: datetime) -> list[Outgoing]:
        """Return the orders of one command, the same deed for each controller, and wait for their answers."""
        orders = [order_to(each.controller, each.deed, demand, site=self._site, at=at) for each in assignments]
        awaited = {order.controller: order.deed for order in orders}
        self._sent[orders[0].id] = _Sent(demand, at, awaited, [], [])
        return [sent_to(order, self._identity) for order in orders]

    def carried(self, carried: Carried) -> Ended | None:
        """Take what a controller says of an order; the answer once all have said it.

        None for an order that it was not given, or that is answered.
        """
        sent = self._sent.get(carried.id)
        if sent is None or carried.controller not in sent.awaited:
            return None
        deed = sent.awaited.pop(carried.controller)
        if carried.outcome == OrderOutcome.DONE:
            sent.told.append(_done(carried.controller, deed))
        else:
            sent.told.append(f"{carried.controller} has not done it: {carried.reason or carried.outcome}")
            sent.refusals.append(carried.reason or "refused")
        return None if sent.awaited else self._ended(self._sent.pop(carried.id))

    def overdue(self, at: datetime) -> list[Ended]:
        """Return, once, the orders that nobody has answered in time."""
        late = [id_ for id_, sent in self._sent.items() if not sent.at <= at < sent.at + ANSWER_PATIENCE]
        return [self._ended(self._sent.pop(id_)) for id_ in late]

    def _ended(self, sent: _Sent) -> Ended:
        is_refused = not sent.awaited and len(sent.refusals) == len(sent.told)
        is_done = not sent.awaited and not sent.refusals
        verdict = Verdict.DONE if is_done else Verdict.REFUSED if is_refused else Verdict.PARTIAL
        response = Response(
            site=self._site,
            admin=sent.demand.admin,
            command=sent.demand.command,
            verdict=verdict,
            reason=sent.refusals[0] if is_refused else "",
            text="; ".join([*sent.told, *(_silent(*each) for each in sent.awaited.items())])[:MAX_TEXT],
        )
        return Ended(sent.demand, response)


def _done(controller: str, deed: Deed) -> str:
    match deed:
        case HoldOpenUntil(_, until):
            does = "holds the door open no longer" if until == NO_LONGER else "holds the door open"
        case Enrol(seconds=seconds):
            does = f"has the reader in enrolment for {seconds} s"
        case _:
            does = "has released the door"
    return f"{controller} {does}"


def _silent(controller: str, deed: Deed) -> str:
    if deed == HoldOpenUntil(getattr(deed, "door", ""), NO_LONGER):
        return f"no word from {controller}: the door may be held open still"
    if isinstance(deed, Enrol):
        return f"no word from {controller}: its reader may be in enrolment"
    return f"no word from {controller}: the door may have been released; the order is over now"
