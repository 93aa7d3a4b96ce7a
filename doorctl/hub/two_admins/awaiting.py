"""What takes two admins: in a zone that asks for it, whatever may let more people in, or weaken what it asks for.

What only takes away never waits.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from doorctl.core.model import USUAL_GRACE_AFTER_BOOT_SECONDS, Factor, OnAuditFailure
from doorctl.core.rules.factors import factors_asked
from doorctl.hub.rights.calendar_reach import of_holiday, of_schedule
from doorctl.hub.rights.reach import (
    Zones,
    of_door,
    of_group,
    of_holder,
    of_move,
    of_zone,
    of_zones,
    zones_of_two_admins,
)
from doorctl.hub.rights.roles import word_of
from doorctl.hub.two_admins.door_asks import may_open_more
from doorctl.hub.two_admins.occupancy_asks import zones_bearing_more
from doorctl.hub.two_admins.training_asks import let_in_as_trained, trained_less
from doorctl.hub.two_admins.visit_asks import brought_by_others, escorted_by_less
from doorctl.hub.two_admins.zone_asks import asks_of, factor_of
from doorctl.hub.two_admins.zone_bars import (
    zones_asking_for_less,
    zones_at_lower_threat,
    zones_cleared_for,
    zones_taking_more,
)
from doorctl.policy.rows import ZoneFactorRow
from doorctl.wire.commands import ZoneSet
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet
from doorctl.wire.verb import VerbStruct

_FOR_EVER = 2**53


def _weakened(do: ZoneRuleSet, connection: sqlite3.Connection) -> Zones:
    return frozenset({do.zone}) if is_weaker(do, asks_of(connection, do.zone)) else frozenset()


def _asks_for_less(do: ZoneFactorSet, connection: sqlite3.Connection) -> Zones:
    return frozenset({do.zone}) if may_ask_for_less(do, factor_of(connection, do.zone)) else frozenset()


def _unrecorded(do: ZoneSet, _connection: sqlite3.Connection) -> Zones:
    return frozenset({do.zone}) if do.on_audit_failure is not OnAuditFailure.DENY else frozenset()


def _opens_more(do: DoorModeSet | DoorOverrideSet | DoorOverrideEnd, connection: sqlite3.Connection) -> Zones:
    return of_door(do, connection) if may_open_more(do, connection) else frozenset()


_TOUCHED: dict[str, Callable[[Any, sqlite3.Connection], Zones]] = {
    "grant": of_zone,
    "group-join": of_group,
    "zone-rule-set": _weakened,
    "zone-factor-set": _asks_for_less,
    "door-mode-set": _opens_more,
    "door-override-set": _opens_more,
    "door-override-end": _opens_more,
    "zone-occupancy-set": zones_bearing_more,
    "zone-training-set": trained_less,
    "training-set": let_in_as_trained,
    "zone-classes-set": zones_taking_more,
    "zone-threat-set": zones_asking_for_less,
    "threat-set lower": zones_at_lower_threat,
    "clearance-set": zones_cleared_for,
    "zone-set": _unrecorded,
    "zone-escort-set": escorted_by_less,
    "visitor-set": brought_by_others,
    "visitor-end": of_holder,
    "sponsor-set": of_zones,
    "door-set": of_move,
    "door-remove": of_door,
    "schedule-set": of_schedule,
    "holiday-add": of_holiday,
    "holiday-remove": of_holiday,
}


def zones_awaiting(do: VerbStruct, connection: sqlite3.Connection) -> frozenset[str]:
    """Return the zones that ask for a second admin before this is done."""
    find = _TOUCHED.get(word_of(do))
    touched = None if find is None else find(do, connection)
    return zones_of_two_admins(connection) & touched if touched else frozenset()


def is_weaker(after: ZoneRuleSet, before: ZoneRuleSet) -> bool:
    """Tell whether a zone asks for less than before, in anything."""
    return (
        after.approvals < before.approvals
        or after.strict < before.strict
        or (after.max_age_seconds or _FOR_EVER) > (before.max_age_seconds or _FOR_EVER)
        or after.break_glass not in {None, before.break_glass}
        or _grace_seconds(after) > _grace_seconds(before)
    )


def may_ask_for_less(after: ZoneFactorSet, before: ZoneFactorRow) -> bool:
    """Tell whether a zone may ask for less at its doors; anything but card and PIN may be less, at some time."""
    return (
        factors_asked(after.factor, after.times) != {Factor.CARD_AND_PIN}
        or after.pin_tries > before.pin_tries
        or after.pin_block_seconds < before.pin_block_seconds
        or after.persons < before.persons
        or (before.persons > 1 and after.persons_seconds > before.persons_seconds)
        or (before.persons > 1 and before.persons_group not in {None, after.persons_group})
    )


def _grace_seconds(asks: ZoneRuleSet) -> float:
    grace = asks.grace_after_boot_seconds
    return USUAL_GRACE_AFTER_BOOT_SECONDS if grace is None else grace
