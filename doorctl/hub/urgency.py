"""Leavers: whoever is suspended or removed, and a card that is lost, are denied before the policy says so.

The order to deny goes to every controller, before everything else. It holds in memory until the policy has come; an
online controller that has confirmed neither within ``CONFIRM_SECONDS`` is an alarm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorctl.core.model import Status
from doorctl.hub.history import Operation
from doorctl.hub.roll import Roll
from doorctl.journal import Level, say
from doorctl.messages import Change, Drop
from doorctl.orders import Carried, Deed, DenyCard, DenyHolder
from doorctl.policy.rows import CredentialRow, HolderRow

CONFIRM_SECONDS = 10


@dataclass(slots=True)
class _Leaver:
    revision: int
    epoch: int
    since: datetime
    awaited: set[str]


def denial_in(changes: Iterable[Change]) -> Deed | None:
    """Return what is to be denied at once: the one holder or the one card that these changes take away.

    Changes about many (a whole plan, new card keys) are left to the policy itself: an order has one deed.
    """
    listed = list(changes)
    operations = [operation for change in listed for operation in change.operations]
    revision = listed[-1].revision if listed else 0
    holders = {each.row.id for each in operations if isinstance(each.row, HolderRow) and _takes_away(each)}
    if holders:
        return DenyHolder(holders.pop(), revision) if len(holders) == 1 else None
    return _card_in(operations, revision)


def _card_in(operations: Sequence[Operation], revision: int) -> Deed | None:
    rows = [(each.row, _takes_away(each)) for each in operations if isinstance(each.row, CredentialRow)]
    if len(rows) != 1 or not rows[0][1]:
        return None
    return DenyCard(rows[0][0].key, revision)


def _takes_away(operation: Operation) -> bool:
    row = operation.row
    return isinstance(operation, Drop) or (
        isinstance(row, HolderRow | CredentialRow) and row.status is not Status.ACTIVE
    )


class Leavers:
    """Who is to be denied, and which controllers have not confirmed it."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._leavers: dict[str, _Leaver] = {}

    def begin(self, command: str, revision: int, *, roll: Roll, epoch: int, at: datetime) -> None:
        """Wait for every controller whose link says that it is online."""
        online = {each for each, presence in roll.presences.items() if presence.is_online}
        self._leavers[command] = _Leaver(revision, epoch, at, online)

    def carried(self, carried: Carried) -> None:
        """Take a controller's word that it denies."""
        if carried.id in self._leavers and carried.outcome == "done":
            self._leavers[carried.id].awaited.discard(carried.controller)

    def tick(self, roll: Roll, at: datetime) -> list[str]:
        """Say who has not confirmed in time; return their names."""
        silent = []
        for command, leaver in list(self._leavers.items()):
            leaver.awaited &= set(roll.lacking(leaver.revision, epoch=leaver.epoch))
            in_time = leaver.since <= at < leaver.since + timedelta(seconds=CONFIRM_SECONDS)
            if leaver.awaited and in_time:
                continue
            del self._leavers[command]
            silent += sorted(leaver.awaited)
            for controller in sorted(leaver.awaited):
                say("leaver_not_confirmed", Level.ALARM, controller=controller, revision=leaver.revision)
        return silent
