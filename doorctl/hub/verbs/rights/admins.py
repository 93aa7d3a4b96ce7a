"""Commands about admins: an officer suspends one at once, long before trust can be signed anew."""

from doorctl.errors import Refused
from doorctl.hub.given_commands import all_were_refused
from doorctl.hub.rights.standing import suspended_admins
from doorctl.hub.two_admins.waiting_requests import drop_requests_of
from doorctl.hub.verbs.asked import Asked, Intent
from doorctl.policy.apply import find_row
from doorctl.policy.rows import SuspendedAdminRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.results import Cell
from doorctl.wire.rights import AdminRestore, AdminSuspend


def admin_suspend(do: AdminSuspend, asked: Asked) -> Intent:
    """End what an admin may do, and drop what waits in their name."""
    if do.admin == asked.admin.id:
        raise Refused("own-suspension", "nobody suspends themselves: another officer can")
    if all(keys.id != do.admin for keys in asked.roll.trust.admins):
        raise Refused("unknown-admin", "trust names no such admin")
    row = SuspendedAdminRow(id=do.admin)
    if find_row(asked.connection, row):
        return Intent((), f"{do.admin} is suspended already")
    own = (all_were_refused(do.admin, "admin-suspended"), drop_requests_of(do.admin))
    return Intent((Put(row),), f"{do.admin} is suspended: no command of theirs counts", own=own)


def admin_restore(do: AdminRestore, asked: Asked) -> Intent:
    """Let a suspended admin command again; one whom trust no longer names is only forgotten."""
    row = SuspendedAdminRow(id=do.admin)
    if not find_row(asked.connection, row):
        return Intent((), f"{do.admin} is not suspended")
    return Intent((Drop(row),), f"{do.admin} is no longer suspended")


def admins(asked: Asked) -> list[dict[str, Cell]]:
    """List the admins whom trust names, and those suspended whom it names no longer."""
    suspended = suspended_admins(asked.connection)
    named = {keys.id: keys for keys in asked.roll.trust.admins}
    return [
        {
            "admin": admin,
            "roles": " ".join(named[admin].roles) if admin in named else "",
            "zones": _zones(named[admin].zones) if admin in named else "",
            "suspended": "yes" if admin in suspended else "",
        }
        for admin in sorted({*named, *suspended})
    ]


def _zones(zones: tuple[str, ...] | None) -> str:
    return "all" if zones is None else " ".join(zones)
