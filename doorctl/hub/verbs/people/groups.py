"""Commands about groups and who belongs to them."""

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import (
    DoorModeRow,
    GrantRow,
    GroupRow,
    HolderRow,
    MemberRow,
    Row,
    VisitorRow,
    ZoneEscortRow,
    ZoneFactorRow,
    ZoneRuleRow,
)
from doorctl.wire.commands import GroupAdd, GroupJoin, GroupLeave, GroupRemove
from doorctl.wire.messages import Drop, Put


def group_add(do: GroupAdd, asked: Asked) -> Intent:
    """Make a group."""
    row = GroupRow(id=do.group)
    if find_row(asked.connection, row):
        return Intent((), f"group {do.group} exists already")
    return Intent((Put(row),), f"group {do.group} added")


def group_remove(do: GroupRemove, asked: Asked) -> Intent:
    """Remove a group with everything it admits to; grants go first, should it take several changes."""
    row = the(asked, GroupRow, do.group)
    needed = rows_where(asked.connection, ZoneRuleRow, break_glass=do.group)
    if needed:
        raise Refused("group-in-use", f"its members break the glass of zone {needed[0].zone}: change that rule first")
    leading = rows_where(asked.connection, ZoneFactorRow, persons_group=do.group)
    if leading:
        raise Refused("group-in-use", f"one of its members must be among those who enter zone {leading[0].zone}")
    unlocking = rows_where(asked.connection, DoorModeRow, office_group=do.group)
    if unlocking:
        raise Refused("group-in-use", f"its members unlock the office behind door {unlocking[0].door}")
    escorting = rows_where(asked.connection, ZoneEscortRow, group=do.group)
    if escorting:
        raise Refused("group-in-use", f"its members bring visitors into zone {escorting[0].zone}")
    brought = len(rows_where(asked.connection, VisitorRow, escort_group=do.group))
    if brought:
        raise Refused("group-in-use", f"its members alone bring {brought} visitor(s): `doorctl visitor list`")
    grants = rows_where(asked.connection, GrantRow, group=do.group)
    members = rows_where(asked.connection, MemberRow, group=do.group)
    dropped: list[Row] = [*grants, *members, row]
    return Intent(
        tuple(Drop(each) for each in dropped),
        f"group {do.group} removed with {len(members)} membership(s) and {len(grants)} grant(s)",
    )


def group_join(do: GroupJoin, asked: Asked) -> Intent:
    """Put a holder into a group."""
    the(asked, GroupRow, do.group)
    the(asked, HolderRow, do.holder)
    row = MemberRow(holder=do.holder, group=do.group)
    if find_row(asked.connection, row):
        return Intent((), f"the person is in group {do.group} already")
    return Intent((Put(row),), f"the person is in group {do.group}", grants=1)


def group_leave(do: GroupLeave, asked: Asked) -> Intent:
    """Take a holder out of a group."""
    row = MemberRow(holder=do.holder, group=do.group)
    if not find_row(asked.connection, row):
        raise Refused("not-a-member", f"the person is not in group {do.group}")
    return Intent((Drop(row),), f"the person is no longer in group {do.group}")
