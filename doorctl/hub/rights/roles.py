"""Who may give which command: one table, asked by the hub for every verb.

1. What does not stand in the table nobody may give; a role that we do not know gives nothing.
2. An admin who is limited to zones may do what is about these zones alone; another role of theirs is not limited.
3. Whatever else they are, only an officer lets somebody into a strict zone or changes when and where it opens, and
   only an officer has a door of a zone opened that asks for two admins, or forgets who is inside there: there is no
   time to wait for a second.
4. What the role host alone allows is about the host's own guests: the verbs themselves see to that
   (``doorctl.hub.verbs.people.hosts``).
5. A reduction only takes away. It goes on when trust has expired and while a restored hub catches up, it goes first,
   and never waits for a second admin. The same goes for the end of what an order holds open.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.rights.area_reach import forgotten_in, of_forgotten
from doorctl.hub.rights.calendar_reach import of_holiday, of_schedule
from doorctl.hub.rights.reach import (
    Reach,
    Zones,
    nowhere,
    of_door,
    of_group,
    of_holder,
    of_move,
    of_review,
    of_sponsor,
    of_zone,
    of_zones,
    strict_zones,
    whole_site,
    zones_of_two_admins,
)
from doorctl.trust.note import AdminKeys, Role
from doorctl.wire.orders import NO_LONGER
from doorctl.wire.verb import VerbStruct

ADMIN, OFFICER, CLERK, AUDITOR = Role.ADMIN, Role.OFFICER, Role.CLERK, Role.AUDITOR
HOST = Role.HOST


class Effect(StrEnum):
    """What a command does to what people may do."""

    ADDS = "adds"
    """It may let somebody in who was not let in before, or it is unknown."""
    REDUCES = "reduces"
    """It takes away, and nothing else."""
    ACTS = "acts"
    """It opens a door now, and changes no rule."""
    ENDS = "ends"
    """It ends what an order has begun at a door, and changes no rule."""
    ASKS = "asks"


@dataclass(frozen=True, slots=True)
class Right:
    """The roles that may give a verb, the zones it is about, and what it does; ``admits`` if it lets in there.

    ``counts_in`` are the zones where it lets in, if those are others than the ones that its admin must have. What is
    ``at_once`` waits for no second admin, and takes an officer where there are to be two.
    """

    roles: frozenset[Role]
    reach: Reach = nowhere
    effect: Effect = Effect.ADDS
    admits: bool = False
    counts_in: Reach | None = None
    at_once: bool = False


def _right(*roles: Role, reach: Reach = nowhere, effect: Effect = Effect.ADDS, admits: bool = False) -> Right:
    return Right(frozenset(roles), reach, effect, admits)


def _builds(counts_in: Reach) -> Right:
    return Right(frozenset({ADMIN}), whole_site, admits=True, counts_in=counts_in)


def _reduction(*roles: Role, reach: Reach = nowhere) -> Right:
    return _right(*roles, reach=reach, effect=Effect.REDUCES)


_ENROLS = _right(ADMIN, CLERK)
_ENROLS_INTO = _right(ADMIN, CLERK, reach=of_holder)
_REINSTATES = _right(ADMIN, CLERK, reach=whole_site)
_TAKES = _reduction(ADMIN, CLERK, OFFICER)
_GUARDS = _right(OFFICER)
_BRINGS = _right(ADMIN, reach=of_holder, admits=True)
_PLANS = _right(ADMIN, CLERK, OFFICER)
_OPENS = _right(ADMIN, OFFICER, reach=of_door, effect=Effect.ACTS, admits=True)
_SETS_MODES = _right(ADMIN, OFFICER, reach=of_door, admits=True)
_FORGETS = Right(frozenset({ADMIN, OFFICER}), of_forgotten, admits=True, counts_in=forgotten_in, at_once=True)
_READS = _right(ADMIN, OFFICER, CLERK, AUDITOR, effect=Effect.ASKS)
_READS_OWN = _right(ADMIN, OFFICER, CLERK, AUDITOR, HOST, effect=Effect.ASKS)
_READS_NAMES = _right(AUDITOR, CLERK, OFFICER, effect=Effect.ASKS)
_BEGINS_REVIEW = _right(ADMIN, OFFICER, reach=of_zones, effect=Effect.ASKS)
_REVIEWS = _right(ADMIN, OFFICER, reach=of_review, effect=Effect.ASKS)
_WATCHES = _right(ADMIN, OFFICER, effect=Effect.ASKS)
_SETS_ALERTS = _right(ADMIN, OFFICER, reach=whole_site)
_NOBODY = _right()

RIGHTS: dict[str, Right] = {
    "person-add": _ENROLS,
    "person-set active": _ENROLS_INTO,
    "person-set suspended": _TAKES,
    "person-set lost": _TAKES,
    "person-edit": _ENROLS_INTO,
    "person-remove": _TAKES,
    "person-erase": _GUARDS,
    "card-add": _ENROLS_INTO,
    "card-limit": _REINSTATES,
    "card-set active": _REINSTATES,
    "card-set suspended": _TAKES,
    "card-set lost": _TAKES,
    "card-edit": _REINSTATES,
    "card-replace": _ENROLS_INTO,
    "card-class-set": _REINSTATES,
    "card-remove": _TAKES,
    "person-access": _ENROLS_INTO,
    "training-set": _ENROLS_INTO,
    "pin-set": _ENROLS_INTO,
    "pin-remove": _TAKES,
    "pin-code-set": _ENROLS_INTO,
    "zone-set": _builds(of_zone),
    "zone-remove": _builds(of_zone),
    "door-set": _builds(of_move),
    "door-remove": _builds(of_door),
    "schedule-set": _builds(of_schedule),
    "schedule-remove": _builds(of_schedule),
    "holiday-add": _builds(of_holiday),
    "holiday-remove": _builds(of_holiday),
    "group-add": _right(ADMIN, reach=whole_site),
    "group-remove": _reduction(ADMIN, reach=whole_site),
    "group-join": _right(ADMIN, reach=of_group, admits=True),
    "group-leave": _reduction(ADMIN, CLERK, OFFICER, reach=of_group),
    "grant": _right(ADMIN, reach=of_zone, admits=True),
    "revoke": _reduction(ADMIN, CLERK, OFFICER, reach=of_zone),
    "door-mode-set": _SETS_MODES,
    "door-override-set": _SETS_MODES,
    "door-override-set locked": _reduction(ADMIN, OFFICER, reach=of_door),
    "door-override-end": _SETS_MODES,
    "zone-rule-set": _GUARDS,
    "zone-factor-set": _GUARDS,
    "zone-occupancy-set": _GUARDS,
    "zone-training-set": _GUARDS,
    "passback-reset": _FORGETS,
    "zone-escort-set": _GUARDS,
    "visitor-set": _BRINGS,
    "visitor-end": _BRINGS,
    "visitor-in": _right(ADMIN, CLERK, HOST, reach=of_zones, admits=True),
    "visitor-out": _reduction(ADMIN, CLERK, OFFICER, HOST),
    "sponsor-set": _right(ADMIN, reach=of_zones, admits=True),
    "sponsor-remove": _TAKES,
    "host-set": _right(ADMIN, reach=of_sponsor, admits=True),
    "host-end": _TAKES,
    "delegate-set": _right(ADMIN, reach=of_sponsor, admits=True),
    "delegate-end": _TAKES,
    "zone-classes-set": _GUARDS,
    "zone-threat-set": _GUARDS,
    "threat-set": _reduction(ADMIN, OFFICER, reach=whole_site),
    "threat-set lower": _GUARDS,
    "clearance-set": _GUARDS,
    "roster-set": _GUARDS,
    "retention-set": _GUARDS,
    "retention-remove": _GUARDS,
    "lockdown": _reduction(OFFICER),
    "lockdown-end": _GUARDS,
    "admin-suspend": _reduction(OFFICER),
    "admin-restore": _GUARDS,
    "card-keys-rotate": _GUARDS,
    "card-enrol": _right(ADMIN, CLERK, OFFICER, reach=of_door, effect=Effect.ACTS),
    "open": _OPENS,
    "hold-open": _OPENS,
    "hold-open end": _right(ADMIN, OFFICER, reach=of_door, effect=Effect.ENDS),
    "approve": _right(ADMIN, OFFICER),
    "refuse": _reduction(ADMIN, OFFICER),
    "plan-part": _PLANS,
    "plan-apply": _PLANS,
    "lookup": _READS_OWN,
    "list": _READS,
    "site-page": _READS,
    "credential-keys": _right(ADMIN, CLERK, OFFICER, effect=Effect.ASKS),
    "status": _READS,
    "who": _READS,
    "why": _READS,
    "records": _READS,
    "records names": _READS_NAMES,
    "export-begin": _READS,
    "export-begin names": _READS_NAMES,
    "occupancy-of": _READS,
    "occupancy-of names": _READS_NAMES,
    "approvals": _READS,
    "digest": _READS_OWN,
    "retention": _READS,
    "person-held": _READS_NAMES,
    "erasure-of": _READS,
    "roster-of": _READS,
    "alert-acknowledge": _WATCHES,
    "alert-acknowledge relearn": _SETS_ALERTS,
    "alert-rule-set": _SETS_ALERTS,
    "alert-distance-set": _SETS_ALERTS,
    "alert-test": _WATCHES,
    "alerts": _READS,
    "alert-rules": _READS,
    "tallies": _READS,
    "reviews-of": _READS,
    "setting-set": _GUARDS,
    "review-start": _BEGINS_REVIEW,
    "review-mark": _REVIEWS,
    "review-finish": _REVIEWS,
}

_MORE = ("names", "relearn", "lower")
"""Fields of verbs that make another right of one, with their name."""


def word_of(do: VerbStruct) -> str:
    """Return a verb's word in the table: its tag, and where it matters status, mode or end, or what more it asks."""
    tag = str(do.__struct_config__.tag)
    more = next((each for each in _MORE if getattr(do, each, False)), getattr(do, "status", getattr(do, "mode", "")))
    what = "end" if getattr(do, "until", None) == NO_LONGER else more
    return f"{tag} {what}" if f"{tag} {what}" in RIGHTS else tag


def effect_of(do: VerbStruct) -> Effect:
    """Tell what a command does to what people may do."""
    return RIGHTS.get(word_of(do), _NOBODY).effect


def is_reduction(do: VerbStruct) -> bool:
    """Tell whether a command takes away, and nothing else."""
    return effect_of(do) is Effect.REDUCES


def is_addition(do: VerbStruct) -> bool:
    """Tell whether a command may let somebody in who was not let in before."""
    return effect_of(do) is Effect.ADDS


def check_allowed(admin: AdminKeys, do: VerbStruct, connection: sqlite3.Connection) -> None:
    """Refuse what this admin may not do, with a sentence who may: ``not-allowed``."""
    word = word_of(do)
    right = RIGHTS.get(word, _NOBODY)
    zones = right.reach(do, connection)
    admitting = (right.counts_in or right.reach)(do, connection) if right.admits else frozenset()
    guarded = _guarded(right, connection) & admitting if admitting else frozenset()
    if guarded and OFFICER not in admin.roles:
        zone = min(guarded)
        why = "is strict" if zone in strict_zones(connection) else "asks for two admins, and this cannot wait for one"
        raise Refused("not-allowed", f"only an officer may do this: {zone} {why}")
    if guarded and guarded == admitting:
        return
    held = right.roles & frozenset(admin.roles)
    if not held:
        raise Refused("not-allowed", f"{word} takes the role {_either(right.roles)}, and trust gives you none of it")
    if held == {ADMIN}:
        _check_zones(admin, zones - guarded if zones else zones)


def is_host_alone(admin: AdminKeys, do: VerbStruct, connection: sqlite3.Connection) -> bool:
    """Tell whether an admin may give this by the role host alone, and so about their own guests only."""
    try:
        check_allowed(replace(admin, roles=tuple(role for role in admin.roles if role != HOST)), do, connection)
    except Refused:
        return True
    return False


def _guarded(right: Right, connection: sqlite3.Connection) -> frozenset[str]:
    """Return the zones where this takes an officer."""
    strict = strict_zones(connection)
    is_at_once = right.at_once or right.effect is Effect.ACTS
    return strict | zones_of_two_admins(connection) if is_at_once else strict


def _check_zones(admin: AdminKeys, zones: Zones) -> None:
    if admin.zones is None:
        return
    if zones is None:
        raise Refused("not-allowed", "only an admin who is not limited to zones may do this: it counts in all")
    if outside := zones - frozenset(admin.zones):
        raise Refused("not-allowed", f"this is about zone {min(outside)}, and trust does not name it among yours")


def _either(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(roles)) or "of nobody"
