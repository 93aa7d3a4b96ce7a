"""Whom a door denies beyond its rules: holders and cards by an order, until the policy does; suspended admins.

Kept in memory, from the moment of the order.
"""

from dataclasses import dataclass

from doorctl.core.model import AccessRequest, Facts
from doorctl.policy.building import PolicyPosition
from doorctl.wire.orders import DenyCard, DenyHolder


@dataclass(frozen=True, slots=True)
class _Until:
    """The policy that says it itself: this revision, or any of an epoch after the one that was in force."""

    epoch: int | None
    revision: int

    def is_reached_by(self, position: PolicyPosition | None) -> bool:
        if position is None:
            return False
        is_later_epoch = self.epoch is not None and position.epoch > self.epoch
        return is_later_epoch or position.revision >= self.revision


class DenyList:
    """Whom orders deny, and whose orders count no more; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._holders: dict[str, _Until] = {}
        self._cards: dict[bytes, _Until] = {}
        self._suspended: frozenset[str] = frozenset()

    def add(self, deed: DenyHolder | DenyCard, position: PolicyPosition | None) -> None:
        """Deny a holder or a card; ``position`` is that of the policy in force."""
        until = _Until(None if position is None else position.epoch, deed.revision)
        if isinstance(deed, DenyHolder):
            self._holders[deed.holder] = until
        else:
            self._cards[deed.credential] = until

    def forget(self, position: PolicyPosition | None) -> None:
        """Leave to the policy what it says itself by now."""
        self._holders = {it: until for it, until in self._holders.items() if not until.is_reached_by(position)}
        self._cards = {it: until for it, until in self._cards.items() if not until.is_reached_by(position)}

    def suspend(self, admins: frozenset[str]) -> None:
        """Take the admins whom the policy suspends."""
        self._suspended = admins

    def has_suspended(self, admin: str) -> bool:
        """Tell whether the policy suspends this admin."""
        return admin in self._suspended

    def denies(self, request: AccessRequest, facts: Facts) -> bool:
        """Tell whether an order denies who asks, by the card or by its holder."""
        holder = facts.credential.holder if facts.credential else None
        return holder in self._holders or any(key in self._cards for key in request.credentials)
