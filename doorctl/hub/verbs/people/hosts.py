"""Hosts: admins who may invite guests in their own name and take their badges back, and whose key that is.

1. A host's key is one person's: an admin who may let that person invite has said so, of this key and no later one.
2. It counts while its person does: a leaver's key lets nobody in, and nobody out.
3. Its guests are that person's, or for a time those of somebody whose delegate that person is: the sponsor
   brings them, with a badge of the pool. Reception puts new cards into the pool.
4. Of what is not theirs a host learns nothing: neither who has a card, nor whether anybody has it.
"""

from doorctl.errors import Refused
from doorctl.hub.given_commands import given_in_an_hour
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.hub.verbs.people.delegates import sponsors_of
from doorctl.hub.verbs.people.visits import find_sponsor, find_visitor, is_gone
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import CredentialRow, HolderRow
from doorctl.trust.note import AdminKeys, Role
from doorctl.wire.visits import HostEnd, HostSet, VisitorIn

MOST_TRIED = 20
"""So many cards that are no free badges a host tries within an hour: whoever finds the number of one can copy it."""
_HOST = "SELECT holder FROM host_keys WHERE admin = ? AND sign = ?"
_SAID = "SELECT 1 FROM host_keys WHERE admin = ? AND sign = ? AND holder = ?"
_SAY = """
INSERT INTO host_keys (admin, sign, holder) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET sign = excluded.sign, holder = excluded.holder
"""
_END = "DELETE FROM host_keys WHERE admin = ? AND holder = ?"
_ENDS = "SELECT 1 FROM host_keys WHERE admin = ? AND holder = ?"
_IN_POOL = 'SELECT 1 FROM badges WHERE "key" = ?'
_NO_BADGE = "this is no badge that is free, or your own guest's: a new card becomes one at the reception"


def host_set(do: HostSet, asked: Asked) -> Intent:
    """Say whose the key of a host is, in place of whose it was."""
    the(asked, HolderRow, do.holder)
    if find_visitor(do.holder, asked) is not None:
        raise Refused("is-visitor", "a visitor invites nobody")
    keys = _trusted(do.admin, asked)
    if asked.connection.execute(_SAID, (keys.id, keys.sign, do.holder)).fetchone():
        return Intent((), f"the key of {do.admin} is this person's already")
    text = f"{do.admin} invites guests in this person's name"
    return Intent((), text, own=((_SAY, (keys.id, keys.sign, do.holder)),), grants=1)


def host_end(do: HostEnd, asked: Asked) -> Intent:
    """Let a key be a person's no longer, also one that trust does not name any more."""
    the(asked, HolderRow, do.holder)
    if not asked.connection.execute(_ENDS, (do.admin, do.holder)).fetchone():
        return Intent((), f"the key of {do.admin} is not this person's")
    return Intent((), f"{do.admin} invites nobody any more", own=((_END, (do.admin, do.holder)),))


def invites_for(asked: Asked) -> frozenset[str]:
    """Return in whose names a host invites now: the own, and those of whose delegate they are. Raises Refused."""
    host = _whose_key(asked)
    return frozenset({host, *sponsors_of(host, asked)})


def _whose_key(asked: Asked) -> str:
    """Return whose a host's key is. Raises Refused: ``no-host``, ``host-gone``, ``is-visitor``."""
    row = asked.connection.execute(_HOST, (asked.admin.id, asked.admin.sign)).fetchone()
    if row is None:
        raise Refused("no-host", "nobody has said whose key this is: an admin says it by `doorctl sponsor host`")
    holder = the(asked, HolderRow, row[0])
    if is_gone(holder, at=asked.at):
        raise Refused("host-gone", "you are suspended, or your time is over")
    if find_visitor(holder.id, asked) is not None:
        raise Refused("is-visitor", "a visitor invites nobody")
    return holder.id


def check_invites(do: VisitorIn, key: bytes, asked: Asked) -> None:
    """Refuse a guest whom a host may not invite, or not with this card.

    Raises Refused: ``not-own-guest``, ``no-sponsor``, ``bad-escort``, ``no-badge``, ``too-many-cards``.
    """
    if do.host not in invites_for(asked):
        raise Refused("not-own-guest", "a host invites in their own name, or as a delegate: `--host` is neither")
    if find_sponsor(do.host, asked) is None:
        raise Refused("no-sponsor", "nobody may be invited in this name: an admin allows it by `doorctl sponsor set`")
    if do.any_escort or do.escort_group is not None:
        raise Refused("bad-escort", "a host brings their guests: only the reception lets others do so")
    if given_in_an_hour(asked.connection, asked.admin.id, "reason", "no-badge", at=asked.at) >= MOST_TRIED:
        raise Refused("too-many-cards", f"{MOST_TRIED} cards that are no free badges within the last hour: wait")
    if not is_in_pool(key, asked) or not _has_guests_alone(key, frozenset({do.host}), asked):
        raise Refused("no-badge", _NO_BADGE)


def check_takes_back(key: bytes, asked: Asked) -> None:
    """Refuse a host whatever is not the badge of an own guest: ``not-own-guest``."""
    hosts = invites_for(asked)
    is_out = bool(rows_where(asked.connection, CredentialRow, key=key)) and is_in_pool(key, asked)
    if not is_out or not _has_guests_alone(key, hosts, asked):
        raise Refused("not-own-guest", "no guest of yours has this badge: the reception takes back any other")


def is_in_pool(key: bytes, asked: Asked) -> bool:
    """Tell whether a card was ever handed out to a visitor, and not written off since."""
    return asked.connection.execute(_IN_POOL, (key,)).fetchone() is not None


def _has_guests_alone(key: bytes, hosts: frozenset[str], asked: Asked) -> bool:
    """Tell whether nobody has this card but who is here in one of these names."""
    owners = [card.holder for card in rows_where(asked.connection, CredentialRow, key=key)]
    visitors = [find_visitor(owner, asked) for owner in owners]
    return all(visitor is not None and visitor.sponsor in hosts for visitor in visitors)


def _trusted(admin: str, asked: Asked) -> AdminKeys:
    """Return the keys of a host whom trust names. Raises Refused: ``unknown-admin``, ``no-host``."""
    keys = next((each for each in asked.roll.trust.admins if each.id == admin), None)
    if keys is None:
        raise Refused("unknown-admin", "trust names no such admin")
    if Role.HOST not in keys.roles:
        raise Refused("no-host", f"trust does not give {admin} the role host")
    return keys
