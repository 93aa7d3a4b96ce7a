"""Leavers: whoever is suspended or removed, and a card that is lost, are denied before the policy says so.

1. The order to deny goes to every controller, before everything else, and holds in memory until the policy has come.
2. Whoever was heard by signature within ``HEARD_SECONDS``, or whose link says that it is online, is to confirm within
   ``CONFIRM_SECONDS`` or is an alarm: a link's word that it is offline excuses nobody, for nobody has signed it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorctl.core.model import Status
from doorctl.core.order_rules import OrderOutcome
from doorctl.hub.history import Operation
from doorctl.hub.presence import Presence
from doorctl.hub.roll import Roll
from doorctl.journal import Level, say
from doorctl.policy.rows import CredentialRow, HolderRow
from doorctl.wire.messages import Drop
from doorctl.wire.orders import Carried, Deed, DenyCard, DenyHolder

CONFIRM_SECONDS = 10
HEARD_SECONDS = 90
"""A keeper asks at least once a minute."""
MOST_AT_ONCE = 20
"""More leavers of one change are left to the policy itself, which comes right behind."""


@dataclass(frozen=True, slots=True)
class Denial:
    """An order to deny, for every controller: its id, and whom."""

    id: str
    deed: Deed


@dataclass(slots=True)
class _Leaver:
    revision: int
    epoch: int
    since: datetime
    awaited: dict[str, set[str]]


def denials_in(operations: Sequence[Operation], *, command: str, revision: int) -> tuple[Denial, ...]:
    """Return what is to be denied at once: every holder, or the one card, that this command takes away.

    A single order has the command's own id. Cards in numbers (new card keys) are left to the policy itself.
    """
    holders = sorted({each.row.id for each in operations if isinstance(each.row, HolderRow) and _takes_away(each)})
    if len(holders) > MOST_AT_ONCE:
        return ()
    if holders:
        ids = [command] if len(holders) == 1 else [derived_id(command, holder) for holder in holders]
        return tuple(Denial(one, DenyHolder(holder, revision)) for one, holder in zip(ids, holders, strict=True))
    return _card_in(operations, command=command, revision=revision)


def derived_id(command: str, what: str) -> str:
    """Return the id of one order of several that a command makes: the same each time."""
    return hashlib.sha256(f"{command}:{what}".encode()).hexdigest()[:32]


def _card_in(operations: Sequence[Operation], *, command: str, revision: int) -> tuple[Denial, ...]:
    rows = [(each.row, _takes_away(each)) for each in operations if isinstance(each.row, CredentialRow)]
    if len(rows) != 1 or not rows[0][1]:
        return ()
    return (Denial(command, DenyCard(rows[0][0].key, revision)),)


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

    def begin(self, denials: Sequence[Denial], revision: int, *, roll: Roll, epoch: int, at: datetime) -> None:
        """Wait for every controller that is there to confirm all of these, or to have the revision in force."""
        ids = {denial.id for denial in denials}
        there = {each: set(ids) for each, presence in roll.presences.items() if _is_there(presence, at)}
        self._leavers.append(_Leaver(revision, epoch, at, there))

    def carried(self, carried: Carried) -> None:
        """Take a controller's word that it denies."""
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
