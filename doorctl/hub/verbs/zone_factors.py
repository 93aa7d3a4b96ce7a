"""The command that says what a zone asks for at its doors: a card, a PIN, either or both."""

from doorctl.hub.two_admins.zone_asks import check_takes_cards, factor_by, factor_of, rule_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.rows import GroupRow, ScheduleRow, ZoneFactorRow, ZoneRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.rights import ZoneFactorSet


def zone_factor_set(do: ZoneFactorSet, asked: Asked) -> Intent:
    """Put what a zone asks for in the place of what it asked for before; one that asks for a card has no row."""
    the(asked, ZoneRow, do.zone)
    for time in do.times:
        the(asked, ScheduleRow, time.schedule)
    if do.persons_group is not None:
        the(asked, GroupRow, do.persons_group)
    before, wanted = factor_of(asked.connection, do.zone), factor_by(do)
    if rule_of(asked.connection, do.zone).strict:
        check_takes_cards(wanted)
    if wanted == before:
        return Intent((), f"{do.zone} asks for that already")
    operation = Drop(before) if wanted == ZoneFactorRow(zone=do.zone) else Put(wanted)
    return Intent((operation,), f"{do.zone} asks for {do.factor}{' by the clock' if do.times else ''}")
