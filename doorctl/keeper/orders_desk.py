"""Orders that act now: what a keeper checks before the door carries one out, and what it says of it afterwards.

1. The hub has signed it for this controller, and it is over within ``ORDER_SECONDS``: an older one does nothing.
2. Who opens a door, holds it open, or has a reader enrol a card, is by trust an admin of a role that may, not
   suspended, and has signed a command that says the very same and that the id is made of; the hub alone does none of
   it. Whether it is an officer, the door is told.
3. Who opens is handed over once. A repeat is answered as before; over a restart, the door remembers.
4. Whatever denies needs no more than the hub's word, and may be repeated. It is remembered apart: no number of
   denials lets an order to open be forgotten.
5. Without a door process it is refused.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from doorctl.core.rules.order_rules import ORDER_SECONDS, OrderOutcome, OrderRefusal
from doorctl.errors import Refused
from doorctl.journal import say
from doorctl.keeper.controller import Controller, Outgoing
from doorctl.keys.identity import admin_key_name
from doorctl.trust.note import OPENS_DOORS, Role, Trust
from doorctl.wire.bell import CarriedOut, CarryOut, FromKeeper
from doorctl.wire.commands import COMMAND_SECONDS, Command
from doorctl.wire.messages import from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.orders import AtDoor, Carried, Denial, Enrol, HoldOpenUntil, OpenNow, Order, order_id
from doorctl.wire.rights import CardEnrol, HoldOpen, OpenDoor
from doorctl.wire.topics import Channel

ORDERS_KEPT = 256
"""So many of those that open, and so many of those that deny."""

_MAY: Mapping[type[AtDoor], frozenset[Role]] = {
    OpenNow: OPENS_DOORS,
    HoldOpenUntil: OPENS_DOORS,
    Enrol: OPENS_DOORS | {Role.CLERK},
}
"""Which roles have this done at a door: those that the hub asks for."""
_Known = OrderedDict[str, Carried | None]


class TellsDoor(Protocol):
    """The way to the door process."""

    @property
    def has_peer(self) -> bool:
        """Whether a door process is connected."""

    def send(self, packet: FromKeeper) -> None:
        """Tell it something, now or never."""


class TellsTime(Protocol):
    """A wall clock that the hub's own time may lift (``doorctl.clock.WallClock``)."""

    def now(self) -> datetime:
        """Return the time of day, aware."""

    def confirm(self, hub_time: float) -> None:
        """Take the hub's time, from its answer to a question of ours."""


class OrdersDesk:
    """Hands verified orders to the door; the time of day and what the policy says of admins come in."""

    def __init__(
        self,
        controller: Controller,
        door: TellsDoor,
        *,
        clock: TellsTime,
        is_suspended: Callable[[str], bool],
    ) -> None:
        """Begin with no order known."""
        self._controller = controller
        self._door = door
        self._clock = clock
        self._is_suspended = is_suspended
        self._opening: _Known = OrderedDict()
        self._denying: _Known = OrderedDict()

    def take(self, order: Order, trust: Trust) -> list[Outgoing]:
        """Hand over an order that the hub has signed for this controller.

        Raises Refused: ``expired``, ``expires-too-late``, ``repeated-order``, ``bad-command``, ``unknown-admin``,
        ``suspended-admin`` or ``not-allowed``, or as notes and messages do.
        """
        self._refuse_wrong_time(order)
        if isinstance(order.deed, Denial):
            _remember(self._denying, order.id)
            handed = CarryOut(order.id, order.admin, order.expires, order.deed, by_officer=False, epoch=order.epoch)
        elif order.id in self._opening:
            return self._answer_again(order.id)
        else:
            handed = self._verified(order, order.deed, trust)
            _remember(self._opening, order.id)
        if not self._door.has_peer:
            return [self._carried(order.id, OrderOutcome.REFUSED, OrderRefusal.NO_DOOR)]
        say("order", admin=order.admin, deed=type(order.deed).__name__)
        self._door.send(handed)
        return []

    def carried_out(self, said: CarriedOut) -> list[Outgoing]:
        """Say what the door did; what it says of orders that we never handed over is passed over."""
        if said.id not in self._opening and said.id not in self._denying:
            return []
        return [self._carried(said.id, said.outcome, said.reason, said.record)]

    def _refuse_wrong_time(self, order: Order) -> None:
        left = order.expires - self._clock.now().timestamp()
        if left <= 0:
            raise Refused("expired", "the order came too late, or is an old one")
        if left > ORDER_SECONDS:
            raise Refused("expires-too-late", "an order counts for seconds; are hub and controller of one time?")

    def _verified(self, order: Order, deed: AtDoor, trust: Trust) -> CarryOut:
        """Check the admin's own command; return what the door is told, also whether an officer has signed it."""
        admin = next((each for each in trust.admins if each.id == order.admin), None)
        if admin is None:
            raise Refused("unknown-admin", "trust names no such admin")
        if self._is_suspended(admin.id):
            raise Refused("suspended-admin", "an officer has suspended this admin")
        if _MAY[type(deed)].isdisjoint(admin.roles):
            raise Refused("not-allowed", "trust gives this admin no role that may have this done at a door")
        opened = open_note(order.command.encode(), [Verifier(admin_key_name(admin.id), admin.sign)])
        command = from_text(opened.text, Command, site=trust.site)
        its_id = order_id(command.admin, command.id, deed)
        if (its_id, command.admin, command.do) != (order.id, order.admin, _asked_for(deed)):
            raise Refused("bad-command", "the admin has signed something else")
        now = self._clock.now().timestamp()
        if not now - ORDER_SECONDS < command.expires <= now + COMMAND_SECONDS + ORDER_SECONDS:
            raise Refused("bad-command", "the command is not one of these minutes")
        by_officer = Role.OFFICER in admin.roles
        return CarryOut(order.id, order.admin, order.expires, deed, by_officer, command.id)

    def _answer_again(self, id_: str) -> list[Outgoing]:
        carried = self._opening[id_]
        if carried is None:
            raise Refused("repeated-order", "the door has it already")
        return [self._controller.say(Channel.CARRIED, carried)]

    def _carried(self, id_: str, outcome: str, reason: str = "", record: int | None = None) -> Outgoing:
        carried = Carried(
            site=self._controller.site,
            controller=self._controller.name,
            id=id_,
            outcome=outcome,
            reason=reason,
            record=record,
        )
        known = self._opening if id_ in self._opening else self._denying
        known[id_] = carried
        return self._controller.say(Channel.CARRIED, carried)


def _remember(known: _Known, id_: str) -> None:
    known[id_] = None
    if len(known) > ORDERS_KEPT:
        known.popitem(last=False)


def _asked_for(deed: AtDoor) -> OpenDoor | HoldOpen | CardEnrol:
    match deed:
        case OpenNow(door):
            return OpenDoor(door=door)
        case HoldOpenUntil(door, until):
            return HoldOpen(door=door, until=until)
        case Enrol(door, seconds, enrolment, reader):
            return CardEnrol(door=door, seconds=seconds, enrolment=enrolment, reader=reader)
