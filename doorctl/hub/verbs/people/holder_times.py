"""The command that gives somebody longer at doors; nobody asks why, for that would be a matter of health."""

from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import HolderRow, HolderTimesRow
from doorctl.wire.commands import PersonAccess
from doorctl.wire.messages import Drop, Put


def person_access(do: PersonAccess, asked: Asked) -> Intent:
    """Say anew how long doors wait for a holder; without a time as long as for everybody."""
    the(asked, HolderRow, do.holder)
    wanted = HolderTimesRow(do.holder, do.release_seconds, do.held_open_seconds)
    before = rows_where(asked.connection, HolderTimesRow, holder=do.holder)
    if wanted == HolderTimesRow(do.holder):
        return Intent(tuple(map(Drop, before)), "doors wait as long as for everybody")
    if before == [wanted]:
        return Intent((), "doors wait so long already")
    return Intent((Put(wanted),), "doors wait longer when this person comes in")
