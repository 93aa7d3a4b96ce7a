"""Commands about who may enter where."""

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, check_validity, the
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import GrantRow, GroupRow, HolderRow, MemberRow, ScheduleRow, ZoneRow
from doorctl.wire.commands import GrantAdd, Revoke
from doorctl.wire.messages import Drop, Put


def grant_add(do: GrantAdd, asked: Asked) -> Intent:
    """Let a holder or a group into a zone; asking again for the same changes nothing."""
    _check_subject(do, asked)
    the(asked, ZoneRow, do.zone)
    if do.schedule is not None:
        the(asked, ScheduleRow, do.schedule)
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    row = GrantRow(
        id=do.grant,
        zone=do.zone,
        holder=do.holder,
        group=do.group,
        schedule=do.schedule,
        valid_from=do.valid_from,
        valid_until=do.valid_until,
    )
    if any(replace(other, id=row.id) == row for other in _grants_of(do, asked)):
        return Intent((), f"this grant for {do.zone} exists already")
    if find_row(asked.connection, row):
        raise Refused("grant-exists", "this grant id is in use: choose another")
    return Intent((Put(row),), f"granted {do.zone}", grants=1)


def revoke(do: Revoke, asked: Asked) -> Intent:
    """Take away every grant of a holder or a group in a zone, and tell which groups still let the holder in."""
    _check_subject(do, asked)
    the(asked, ZoneRow, do.zone)
    grants = _grants_of(do, asked)
    still = _groups_that_admit(do, asked)
    remark = f"; still let in by group {', '.join(still)}" if still else ""
    if not grants:
        raise Refused("no-such-grant", f"there is no grant of this {_word(do)} for {do.zone}{remark}")
    return Intent(tuple(Drop(grant) for grant in grants), f"revoked {do.zone}{remark}")


def _check_subject(do: GrantAdd | Revoke, asked: Asked) -> None:
    if (do.holder is None) == (do.group is None):
        raise Refused("bad-subject", "a grant is to one person or to one group")
    if do.holder is not None:
        the(asked, HolderRow, do.holder)
    if do.group is not None:
        the(asked, GroupRow, do.group)


def _grants_of(do: GrantAdd | Revoke, asked: Asked) -> list[GrantRow]:
    subject = {"holder": do.holder} if do.holder is not None else {"group": do.group or ""}
    return rows_where(asked.connection, GrantRow, zone=do.zone, **subject)


def _groups_that_admit(do: Revoke, asked: Asked) -> list[str]:
    if do.holder is None:
        return []
    memberships = rows_where(asked.connection, MemberRow, holder=do.holder)
    return [
        each.group for each in memberships if rows_where(asked.connection, GrantRow, zone=do.zone, group=each.group)
    ]


def _word(do: Revoke) -> str:
    return "person" if do.group is None else "group"
