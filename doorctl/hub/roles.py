"""Who may give which command: one table, asked by the hub for every verb.

1. What does not stand in the table nobody may give; a role that we do not know gives nothing.
2. An admin who is limited to zones may do what is about these zones alone; another role of theirs is not limited.
3. Whatever else they are, only an officer lets somebody into a strict zone.
4. A reduction only takes away. It goes on when trust has expired and while a restored hub catches up, it goes first,
   and never waits for a second admin.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from doorctl.errors import Refused
from doorctl.hub.reach import Reach, Zones, nowhere, of_door, of_group, of_holder, of_zone, strict_zones, whole_site
from doorctl.trust_note import AdminKeys, Role
from doorctl.verb import VerbStruct

ADMIN, OFFICER, CLERK, AUDITOR = Role.ADMIN, Role.OFFICER, Role.CLERK, Role.AUDITOR


@dataclass(frozen=True, slots=True)
class Right:
    """The roles that may give a verb, and the zones it is about; ``admits`` if it lets somebody in there."""

    roles: frozenset[Role]
    reach: Reach = nowhere
    admits: bool = False
    reduces: bool = False


def _right(*roles: Role, reach: Reach = nowhere, admits: bool = False, reduces: bool = False) -> Right:
    return Right(frozenset(roles), reach, admits, reduces)


_ENROLS = _right(ADMIN, CLERK)
_ENROLS_INTO = _right(ADMIN, CLERK, reach=of_holder)
_BUILDS = _right(ADMIN, reach=whole_site)
_TAKES = _right(ADMIN, CLERK, OFFICER, reduces=True)
_GUARDS = _right(OFFICER)
_ACTS = _right(ADMIN, OFFICER, reach=of_door, admits=True)
_CHANGES = _right(ADMIN, CLERK, OFFICER)
_READS = _right(*Role)
_NOBODY = _right()

RIGHTS: dict[str, Right] = {
    "person-add": _ENROLS,
    "person-set active": _ENROLS_INTO,
    "person-set suspended": _TAKES,
    "person-edit": _ENROLS_INTO,
    "person-remove": _TAKES,
    "card-add": _ENROLS_INTO,
    "card-set active": _right(ADMIN, CLERK, reach=whole_site),
    "card-set suspended": _TAKES,
    "card-set lost": _TAKES,
    "card-edit": _right(ADMIN, CLERK, reach=whole_site),
    "card-remove": _TAKES,
    "zone-set": _BUILDS,
    "zone-remove": _BUILDS,
    "door-set": _BUILDS,
    "door-remove": _BUILDS,
    "schedule-set": _BUILDS,
    "schedule-remove": _BUILDS,
    "holiday-add": _BUILDS,
    "holiday-remove": _BUILDS,
    "group-add": _BUILDS,
    "group-remove": _BUILDS,
    "group-join": _right(ADMIN, reach=of_group, admits=True),
    "group-leave": _right(ADMIN, CLERK, OFFICER, reach=of_group, reduces=True),
    "grant": _right(ADMIN, reach=of_zone, admits=True),
    "revoke": _right(ADMIN, CLERK, OFFICER, reach=of_zone, reduces=True),
    "zone-rule-set": _GUARDS,
    "roster-set": _GUARDS,
    "lockdown": _right(OFFICER, reduces=True),
    "lockdown-end": _GUARDS,
    "admin-suspend": _right(OFFICER, reduces=True),
    "admin-restore": _GUARDS,
    "card-keys-rotate": _GUARDS,
    "open": _ACTS,
    "hold-open": _ACTS,
    "approve": _right(ADMIN, OFFICER),
    "refuse": _right(ADMIN, OFFICER, CLERK, reduces=True),
    "plan-part": _CHANGES,
    "plan-apply": _CHANGES,
    "lookup": _READS,
    "list": _READS,
    "site-page": _READS,
    "credential-keys": _READS,
    "status": _READS,
    "why": _READS,
    "records": _READS,
    "approvals": _READS,
    "digest": _READS,
    "roster-of": _READS,
}


def word_of(do: VerbStruct) -> str:
    """Return a verb's word in the table: its tag, and where it matters the status that it sets."""
    tag = str(do.__struct_config__.tag)
    with_status = f"{tag} {getattr(do, 'status', '')}"
    return with_status if with_status in RIGHTS else tag


def is_reduction(do: VerbStruct) -> bool:
    """Tell whether a command only takes away."""
    return RIGHTS.get(word_of(do), _NOBODY).reduces


def check_allowed(admin: AdminKeys, do: VerbStruct, connection: sqlite3.Connection) -> None:
    """Refuse what this admin may not do, with a sentence who may: ``not-allowed``."""
    word = word_of(do)
    right = RIGHTS.get(word, _NOBODY)
    zones = right.reach(do, connection)
    strict = strict_zones(connection) & zones if right.admits and zones else frozenset()
    if strict and OFFICER not in admin.roles:
        raise Refused("not-allowed", f"only an officer lets somebody into the strict zone {min(strict)}")
    if strict and strict == zones:
        return
    held = right.roles & frozenset(admin.roles)
    if not held:
        raise Refused("not-allowed", f"{word} takes the role {_either(right.roles)}, and trust gives you none of it")
    if held == {ADMIN}:
        _check_zones(admin, zones - strict if zones else zones)


def _check_zones(admin: AdminKeys, zones: Zones) -> None:
    if admin.zones is None:
        return
    if zones is None:
        raise Refused("not-allowed", "only an admin who is not limited to zones may do this: it counts in all")
    if outside := zones - frozenset(admin.zones):
        raise Refused("not-allowed", f"this is about zone {min(outside)}, and trust does not name it among yours")


def _either(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(roles)) or "of nobody"
