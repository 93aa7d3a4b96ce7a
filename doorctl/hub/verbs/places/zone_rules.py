"""The command that says what a zone asks for beyond a grant."""

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.two_admins.door_asks import check_doors_stay_shut
from doorctl.hub.two_admins.visit_asks import escort_rule_of
from doorctl.hub.two_admins.zone_asks import check_takes_cards, factor_of, rule_by, rule_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.rows import GroupRow, ZoneRow, ZoneRuleRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.rights import ZoneRuleSet


def zone_rule_set(do: ZoneRuleSet, asked: Asked) -> Intent:
    """Put a zone's rule in the place of the one before; a zone that asks for nothing has none."""
    zone = the(asked, ZoneRow, do.zone)
    if do.break_glass is not None:
        the(asked, GroupRow, do.break_glass)
    if do.max_age_seconds is not None and do.break_glass is None and not do.mechanical_key:
        raise Refused(
            "needs-break-glass",
            "when the policy is too old this zone denies everybody: name a group that may break the glass, "
            "or confirm that somebody has a mechanical key",
        )
    if do.strict:
        check_takes_cards(factor_of(asked.connection, do.zone))
        check_doors_stay_shut(asked.connection, do.zone)
        if escort_rule_of(asked.connection, do.zone).alone:
            raise Refused("strict-zone", f"nobody visits a strict zone alone: `doorctl zone escort {do.zone}` first")
    before, rule = rule_of(asked.connection, do.zone), rule_by(do)
    aged = replace(zone, max_age_seconds=do.max_age_seconds)
    operations = (*([Put(aged)] if aged != zone else []), *_rule_operations(before, rule))
    text = f"rule of {do.zone} set" if operations else f"the rule of {do.zone} is so already"
    return Intent(operations, text)


def _rule_operations(before: ZoneRuleRow, rule: ZoneRuleRow) -> list[Put | Drop]:
    if rule == before:
        return []
    if rule == ZoneRuleRow(zone=rule.zone):
        return [Drop(before)]
    return [Put(rule)]
