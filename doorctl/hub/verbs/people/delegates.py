"""Delegates: who may invite in another's name for a time, by a host's key of their own.

Both must count: the delegate, who invites, and the sponsor, in whose name and within whose limits it is.
"""

from doorctl.errors import Refused
from doorctl.hub.command_records import told_of_hub
from doorctl.hub.verbs.asked import Asked, Intent, check_validity, the
from doorctl.hub.verbs.people.visits import find_sponsor, find_visitor
from doorctl.policy.rows import HolderRow
from doorctl.wire.visits import DelegateEnd, DelegateSet

_UNTIL = "SELECT until FROM delegates WHERE sponsor = ? AND holder = ?"
_PUT = """
INSERT INTO delegates (sponsor, holder, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until
"""
_DROP = "DELETE FROM delegates WHERE sponsor = ? AND holder = ?"
_SPONSORS = "SELECT sponsor FROM delegates WHERE holder = ? AND until > ?"


def delegate_set(do: DelegateSet, asked: Asked) -> Intent:
    """Let somebody invite in a sponsor's name until a time, in place of until when it was."""
    the(asked, HolderRow, do.holder)
    the(asked, HolderRow, do.delegate)
    check_validity(None, do.until, at=asked.at)
    if do.delegate == do.holder or find_visitor(do.delegate, asked) is not None:
        raise Refused("bad-delegate", "another person invites in somebody's name, and no visitor does")
    if find_sponsor(do.holder, asked) is None:
        raise Refused("no-sponsor", "this person may have nobody invited: `doorctl sponsor set` lets them")
    before = _until(do, asked)
    if before == do.until:
        return Intent((), "this person is a delegate until then already")
    told = told_of_hub(do.delegate, before=_told(do, before), after=_told(do, do.until))
    own = (_PUT, (do.holder, do.delegate, do.until))
    return Intent((), "invites in the other's name until then", own=(own,), grants=1, personal=(told,))


def delegate_end(do: DelegateEnd, asked: Asked) -> Intent:
    """Let somebody invite in a sponsor's name no longer."""
    the(asked, HolderRow, do.holder)
    the(asked, HolderRow, do.delegate)
    before = _until(do, asked)
    if before is None:
        return Intent((), "this person is no delegate")
    told = told_of_hub(do.delegate, before=_told(do, before), after=None)
    own = (_DROP, (do.holder, do.delegate))
    return Intent((), "invites in the other's name no longer", own=(own,), personal=(told,))


def sponsors_of(delegate: str, asked: Asked) -> list[str]:
    """Return in whose names somebody may invite now as a delegate."""
    return [sponsor for (sponsor,) in asked.connection.execute(_SPONSORS, (delegate, asked.at))]


def _until(do: DelegateSet | DelegateEnd, asked: Asked) -> int | None:
    row: tuple[int] | None = asked.connection.execute(_UNTIL, (do.holder, do.delegate)).fetchone()
    return None if row is None else row[0]


def _told(do: DelegateSet | DelegateEnd, until: int | None) -> dict[str, str | bool] | None:
    if until is None:
        return None
    return {"type": "delegate", "holder": do.delegate, "sponsor": do.holder, "until": str(until)}
