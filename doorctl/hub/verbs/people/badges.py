"""Commands about visitors who come and go: a badge of the pool is theirs until they bring it back or their time ends.

A badge becomes one of the pool when it is handed out for the first time. Its next visitor is another holder, so that
nothing of one visitor is left to another.
"""

from doorctl.core.model import Status
from doorctl.errors import Refused
from doorctl.hub.rights.reach import zones_of_two_admins
from doorctl.hub.rights.roles import is_host_alone
from doorctl.hub.verbs.asked import Asked, Intent, card_of, check_validity, the
from doorctl.hub.verbs.cards.cards import ADD_CARD, key_of
from doorctl.hub.verbs.people.hosts import check_invites, check_takes_back, is_in_pool
from doorctl.hub.verbs.people.people import person_add, person_remove
from doorctl.hub.verbs.people.visits import check_controllers_know, check_escort, find_sponsor, find_visitor, is_gone
from doorctl.hub.visits_schema import WRITE_OFF
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import CredentialRow, GrantRow, HolderRow, SponsorRow, VisitorRow, ZoneRow
from doorctl.wire.commands import PersonAdd, PersonRemove
from doorctl.wire.messages import Put
from doorctl.wire.visits import VisitorIn, VisitorOut

_HAND_OUT = """
INSERT INTO badges ("key", holder, host, since, due_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
SET holder = excluded.holder, host = excluded.host, since = excluded.since, due_at = excluded.due_at
"""
_TAKE_BACK = 'UPDATE badges SET holder = NULL, host = NULL, since = NULL, due_at = NULL WHERE "key" = ?'
_GUESTS = """
SELECT count(*) FROM visitors AS v JOIN holders AS h ON h.id = v.holder
WHERE v.sponsor = ? AND (h.valid_until IS NULL OR h.valid_until > ?)
"""
_NOTHING = Intent((), "")


def visitor_in(do: VisitorIn, asked: Asked) -> Intent:
    """Let a visitor in: a new holder with a badge, who is brought by the host, and a guest if the host may invite."""
    check_controllers_know(asked)
    by_host = is_host_alone(asked.admin, do, asked.connection)
    if by_host:
        check_invites(do, key_of(card_of(asked), asked), asked)
    sponsor = _sponsor_in(do, asked)
    check_escort(do.holder, None if do.any_escort else do.host, None, asked)
    check_escort(do.holder, None, do.escort_group, asked)
    key = key_of(card_of(asked), asked)
    returned = _returned(key, asked)
    added = person_add(PersonAdd(do.holder, valid_until=do.until), asked)
    grants = _grants(do, asked)
    visitor = VisitorRow(
        holder=do.holder,
        escort=None if do.any_escort or do.escort_group is not None else do.host,
        escort_group=do.escort_group,
        sponsor=None if sponsor is None else do.host,
    )
    badge = CredentialRow(key=key, holder=do.holder, valid_until=do.until)
    own = (
        (ADD_CARD, (key, card_of(asked).partition(":")[0], asked.at)),
        (_HAND_OUT, (key, do.holder, do.host, asked.at, do.until)),
    )
    return Intent(
        (*returned.operations, *added.operations, Put(visitor), Put(badge), *map(Put, grants)),
        f"visitor in, with {len(grants)} grant(s)",
        own=(*returned.own, *added.own, *own),
        grants=max(len(grants), 1) if by_host else len(grants),
    )


def visitor_out(do: VisitorOut, asked: Asked) -> Intent:
    """Take a badge back: its visitor goes with everything that would admit them, and it is nobody's again."""
    key = key_of(card_of(asked), asked)
    if is_host_alone(asked.admin, do, asked.connection):
        check_takes_back(key, asked)
    cards = rows_where(asked.connection, CredentialRow, key=key)
    if cards and find_visitor(cards[0].holder, asked) is None:
        raise Refused("no-badge", "this is no visitor's badge: `doorctl card remove` forgets a card")
    is_of_pool = is_in_pool(key, asked)
    if cards and cards[0].status is Status.LOST and not is_of_pool:
        raise Refused("no-badge", "another badge is in the place of this one: `doorctl card remove` forgets it")
    if not cards and not is_of_pool:
        raise Refused("no-badge", "this card was never handed out to a visitor")
    gone = person_remove(PersonRemove(cards[0].holder), asked) if cards else _NOTHING
    badge = (WRITE_OFF if do.lost else _TAKE_BACK, (key,))
    return Intent(gone.operations, "badge lost: written off" if do.lost else "badge back", own=(*gone.own, badge))


def _sponsor_in(do: VisitorIn, asked: Asked) -> SponsorRow | None:
    """Return by what the host may invite this visitor, None where the host may invite nobody. Raises Refused."""
    host = the(asked, HolderRow, do.host)
    if is_gone(host, at=asked.at):
        raise Refused("host-gone", "the host is suspended, or their time is over")
    if find_visitor(do.host, asked) is not None:
        raise Refused("is-visitor", "a visitor invites nobody")
    sponsor = find_sponsor(do.host, asked)
    if sponsor is not None:
        _check_limits(do, sponsor, asked)
    elif do.zones:
        raise Refused("no-sponsor", "the host may invite nobody into a zone: `doorctl sponsor set` lets them")
    return sponsor


def _check_limits(do: VisitorIn, sponsor: SponsorRow, asked: Asked) -> None:
    """Refuse a guest beyond what the sponsor may: ``beyond-sponsor``."""
    if outside := sorted({*do.zones} - {*sponsor.zones}):
        raise Refused("beyond-sponsor", f"the host may invite nobody to {outside[0]}")
    if do.until - asked.at > sponsor.seconds:
        raise Refused("beyond-sponsor", f"guests of this host stay for at most {sponsor.seconds / 3600:.3g} h")
    (guests,) = asked.connection.execute(_GUESTS, (do.host, asked.at)).fetchone()
    if guests >= sponsor.many:
        raise Refused("beyond-sponsor", f"this host has {guests} guests, and may have {sponsor.many} at once")


def _returned(key: bytes, asked: Asked) -> Intent:
    """Take a badge back whose visitor's time is over. Raises Refused: ``badge-out``, ``card-taken``."""
    for card in rows_where(asked.connection, CredentialRow, key=key):
        if find_visitor(card.holder, asked) is None:
            raise Refused("card-taken", "this card belongs to somebody already: remove it there first")
        holder = the(asked, HolderRow, card.holder)
        if holder.valid_until is None or holder.valid_until > asked.at:
            raise Refused("badge-out", "a visitor has this badge, and time left: `doorctl visitor out` takes it back")
        return person_remove(PersonRemove(card.holder), asked)
    return _NOTHING


def _grants(do: VisitorIn, asked: Asked) -> tuple[GrantRow, ...]:
    check_validity(None, do.until, at=asked.at)
    zones = sorted({*do.zones})
    for zone in zones:
        the(asked, ZoneRow, zone)
    if two := zones_of_two_admins(asked.connection) & {*zones}:
        raise Refused(
            "two-admins", f"{min(two)} asks for two admins: leave it out, then `doorctl grant` asks the second"
        )
    grants = tuple(
        GrantRow(id=f"{do.holder[:29]}-{number}", zone=zone, holder=do.holder, valid_until=do.until)
        for number, zone in enumerate(zones)
    )
    if any(find_row(asked.connection, grant) for grant in grants):
        raise Refused("grant-exists", "this holder id stands in grants: choose another")
    return grants
