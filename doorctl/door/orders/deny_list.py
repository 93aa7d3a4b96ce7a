"""What a door denies beyond its policy: holders, cards, admins and zones by an order, until the policy does.

Kept in memory, from the moment of the order. Beside it stands what policy and trust say of those who order.
"""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from doorctl.core.areas import Way
from doorctl.core.request import AccessRequest, Facts
from doorctl.policy.building import PolicyPosition, is_among
from doorctl.trust.note import OPENS_DOORS, Role, Trust
from doorctl.wire.orders import Denial, DenyAdmin, DenyCard, DenyHolder, LockDown

_FIRST_EPOCH = 1
_Place = tuple[int, int]
"""An epoch, and a revision in it: the policy that says it itself, or any beyond."""
_Whom = tuple[type[Denial], str | bytes]


class DenyList:
    """Whom orders deny, and whose orders count no more; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._until: dict[_Whom, _Place] = {}
        self._overtaken: tuple[_Whom, _Place] | None = None
        self._suspended: frozenset[str] = frozenset()
        self._officers: Mapping[str, bool] | None = None

    def add(self, deed: Denial, position: PolicyPosition | None, *, epoch: int = 0) -> bool:
        """Deny whom an order names, until its revision of an epoch; False if ``position``, in force, is there.

        Epoch 0 is that of the policy in force: a hub before this one did not say.
        """
        until = _until(deed, position, epoch)
        if _reaches(position, until):
            return False
        whom = _whom(deed)
        self._until[whom] = max(until, self._until.get(whom, until))
        return True

    @contextmanager
    def overtaken(self, deed: Denial, position: PolicyPosition | None, *, epoch: int = 0) -> Iterator[None]:
        """Let an order that ``position`` is beyond end for a moment what a policy before it has let begin."""
        self._overtaken = _whom(deed), _until(deed, position, epoch)
        try:
            yield
        finally:
            self._overtaken = None

    def forget(self, position: PolicyPosition | None) -> None:
        """Leave to the policy what it says itself by now."""
        self._until = {whom: until for whom, until in self._until.items() if not _reaches(position, until)}

    def suspend(self, admins: frozenset[str]) -> None:
        """Take the admins whom the policy suspends."""
        self._suspended = admins

    def believe(self, trust: Trust) -> None:
        """Take whom newer trust lets open doors, and which of them are officers."""
        may = (admin for admin in trust.admins if not OPENS_DOORS.isdisjoint(admin.roles))
        self._officers = {admin.id: Role.OFFICER in admin.roles for admin in may}

    def lets_hold(self, admin: str, *, strict: bool) -> bool:
        """Tell whether what an admin holds open may stay so: who is trusted, not suspended, and may open there."""
        is_officer = self._officers.get(admin) if self._officers is not None else True
        return is_officer is not None and (is_officer or not strict) and not self.has_suspended(admin)

    def has_suspended(self, admin: str) -> bool:
        """Tell whether the policy or an order suspends this admin."""
        return admin in self._suspended or (DenyAdmin, admin) in self._until

    def locks_down(self, zone: str) -> bool:
        """Tell whether an order locks this zone down."""
        return is_among(zone, frozenset(str(whom) for kind, whom in self._until if kind is LockDown))

    def locks_down_zone_of(self, facts: Facts) -> bool:
        """Tell whether an order locks down the zone that somebody asks to enter."""
        return facts.zone is not None and self.locks_down(facts.zone.id)

    def is_locked_down(self, facts: Facts) -> bool:
        """Tell whether the policy or an order locks that zone down."""
        return facts.locked_down or self.locks_down_zone_of(facts)

    def denies(self, request: AccessRequest, facts: Facts) -> bool:
        """Tell whether an order denies who asks, by card or holder, or the sponsor of a guest who enters."""
        return _is_named(request, facts, self._until)

    def ends(self, request: AccessRequest, facts: Facts, position: PolicyPosition | None) -> bool:
        """Tell whether an order ends what began by this policy, for who asked then."""
        if self.denies(request, facts):
            return True
        if self._overtaken is None:
            return False
        whom, until = self._overtaken
        return not _reaches(position, until) and _is_named(request, facts, {whom})

    def add_to(self, facts: Facts, request: AccessRequest) -> Facts:
        """Say it of a request that is decided now."""
        return replace(facts, locked_down=self.is_locked_down(facts), denied_by_order=self.denies(request, facts))


def _is_named(request: AccessRequest, facts: Facts, among: Container[_Whom]) -> bool:
    sponsor = facts.visitor.sponsor if facts.visitor and request.way is Way.IN else None
    if (DenyHolder, facts.whose) in among or (DenyHolder, sponsor) in among:
        return True
    return any((DenyCard, key) in among for key in request.credentials)


def _until(deed: Denial, position: PolicyPosition | None, epoch: int) -> _Place:
    """Tell from which policy on an order is over."""
    return (epoch or (position.epoch if position else _FIRST_EPOCH), deed.revision)


def _whom(deed: Denial) -> _Whom:
    match deed:
        case DenyHolder(whom) | DenyCard(whom) | DenyAdmin(whom) | LockDown(whom):
            return type(deed), whom


def _reaches(position: PolicyPosition | None, until: _Place) -> bool:
    return position is not None and (position.epoch, position.revision) >= until
