"""Leavers: whoever is suspended or removed, and a card that is lost, are denied before the policy says so.

Suspended admins and what is locked down go the same way.

1. The order to deny goes to every controller, before everything else, and holds in memory until the policy has come.
2. Whoever was heard by signature within ``HEARD_SECONDS``, or whose link says that it is online, is to confirm within
   ``CONFIRM_SECONDS`` or is an alarm: a link's word that it is offline excuses nobody, for nobody has signed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorctl.core.model import Status
from doorctl.core.rules.order_rules import OrderOutcome
from doorctl.hub.controllers.presence import Presence
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import Operation
from doorctl.journal import Level, say
from doorctl.policy.rows import CardRingRow, CredentialRow, HolderRow, LockdownRow, SuspendedAdminRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.orders import Carried, Denial, DenyAdmin, DenyCard, DenyHolder, LockDown

CONFIRM_SECONDS = 10
HEARD_SECONDS = 90
"""A keeper asks at least once a minute."""
MOST_AT_ONCE = 20
"""More leavers of one change are left to the policy itself, which comes right behind."""


@dataclass(slots=True)
class _Leaver:
    revision: int
    epoch: int
    since: datetime
    awaited: dict[str, set[str]]


def denials_in(operations: Sequence[Operation], *, revision: int) -> tuple[Denial, ...]:
    """Return what is to be denied at once, until a revision: whom this takes away, and what it locks down.

    People beyond ``MOST_AT_ONCE``, and several cards, are left to the policy itself.
    """
    put = [each.row for each in operations if isinstance(each, Put)]
    return (
        *_people_in(operations, revision),
        *(DenyAdmin(row.id, revision) for row in put if isinstance(row, SuspendedAdminRow)),
        *(LockDown(row.scope, revision) for row in put if isinstance(row, LockdownRow)),
    )


def _people_in(operations: Sequence[Operation], revision: int) -> tuple[Denial, ...]:
    holders = sorted({each.row.id for each in operations if isinstance(each.row, HolderRow) and _takes_away(each)})
    if holders:
        return tuple(DenyHolder(one, revision) for one in holders) if len(holders) <= MOST_AT_ONCE else ()
    if any(isinstance(each.row, CardRingRow) for each in operations):
        return ()  # every card counts by another key, and nobody's is taken away
    taken = [each.row.key for each in operations if isinstance(each.row, CredentialRow) and _takes_away(each)]
    return (DenyCard(taken[0], revision),) if len(taken) == 1 else ()


def _takes_away(operation: Operation) -> bool:
    row = operation.row
    return isinstance(operation, Drop) or (
        isinstance(row, HolderRow | CredentialRow) and row.status is not Status.ACTIVE
    )


class Leavers:
    """Who is to be denied, and which controllers have not confirmed it."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._leavers: list[_Leaver] = []
        self._late: dict[str, tuple[int, int]] = {}

    def begin(
        self, orders: Mapping[str, Sequence[str]], revision: int, *, roll: Roll, epoch: int, at: datetime
    ) -> None:
        """Wait for every controller that is there to confirm its orders, by their ids, or to be at the revision."""
        there = {each: set(ids) for each, ids in orders.items() if _is_there(roll.presence(each), at)}
        self._leavers.append(_Leaver(revision, epoch, at, there))

    def carried(self, carried: Carried) -> None:
        """Take a controller's word that it denies; one that was beyond the order already has not denied anybody."""
        if carried.outcome != OrderOutcome.DONE:
            return
        for leaver in self._leavers:
            awaited = leaver.awaited.get(carried.controller, set())
            awaited.discard(carried.id)
            if not awaited:
                leaver.awaited.pop(carried.controller, None)

    def tick(self, roll: Roll, at: datetime) -> None:
        """Say, once, who has not confirmed in time."""
        waiting = []
        for leaver in self._leavers:
            lacking = set(roll.lacking(leaver.revision, epoch=leaver.epoch))
            silent = sorted(controller for controller in leaver.awaited if controller in lacking)
            if silent and leaver.since <= at < leaver.since + timedelta(seconds=CONFIRM_SECONDS):
                waiting.append(leaver)
                continue
            for controller in silent:
                say("leaver_not_confirmed", Level.ALARM, controller=controller, revision=leaver.revision)
                self._late[controller] = max(self._late.get(controller, (0, 0)), (leaver.epoch, leaver.revision))
        self._leavers = waiting

    def late(self, roll: Roll) -> tuple[str, ...]:
        """Name the controllers that have not confirmed in time, and have not come so far since."""
        self._late = {
            controller: (epoch, revision)
            for controller, (epoch, revision) in self._late.items()
            if controller in roll.lacking(revision, epoch=epoch)
        }
        return tuple(sorted(self._late))

    def unconfirmed(self, revision: int) -> frozenset[str]:
        """Name the controllers that have not confirmed the leavers of a revision."""
        waiting = {each for leaver in self._leavers if leaver.revision == revision for each in leaver.awaited}
        return frozenset(waiting | {each for each, (_, late) in self._late.items() if late == revision})


def _is_there(presence: Presence, at: datetime) -> bool:
    was_heard = presence.heard_at is not None and at.timestamp() - presence.heard_at <= HEARD_SECONDS
    return was_heard or presence.is_online
