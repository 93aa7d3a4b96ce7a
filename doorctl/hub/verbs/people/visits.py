"""Commands about visitors: what a zone asks of those who bring them, who is one, and in whose name guests come."""

from msgspec.structs import replace

from doorctl.core.model import Status
from doorctl.errors import Refused
from doorctl.hub.two_admins.visit_asks import escort_by, escort_rule_of
from doorctl.hub.two_admins.zone_asks import rule_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import GroupRow, HolderRow, SponsorRow, VisitorRow, ZoneEscortRow, ZoneRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.visits import SponsorRemove, SponsorSet, VisitorEnd, VisitorSet, ZoneEscortSet

_INVITE_TO = "SELECT count(*) FROM sponsors AS s JOIN json_each(s.zones) AS z ON z.value = ?"


def zone_escort_set(do: ZoneEscortSet, asked: Asked) -> Intent:
    """Put what a zone asks where visitors come in the place of what it asked before; the usual has no row."""
    the(asked, ZoneRow, do.zone)
    if do.group is not None:
        the(asked, GroupRow, do.group)
    if do.alone and rule_of(asked.connection, do.zone).strict:
        raise Refused("strict-zone", "nobody visits a strict zone alone")
    before, wanted = escort_rule_of(asked.connection, do.zone), escort_by(do)
    if wanted == before:
        return Intent((), f"{do.zone} asks for that already")
    operation = Drop(before) if wanted == ZoneEscortRow(zone=do.zone) else Put(wanted)
    return Intent((operation,), _asks(wanted))


def visitor_set(do: VisitorSet, asked: Asked) -> Intent:
    """Make a holder a visitor, or say anew who may bring them."""
    the(asked, HolderRow, do.holder)
    check_controllers_know(asked)
    check_escort(do.holder, do.escort, do.escort_group, asked)
    if rows_where(asked.connection, VisitorRow, sponsor=do.holder) or find_sponsor(do.holder, asked):
        raise Refused("is-sponsor", "this person may invite guests, and a visitor may not: `doorctl sponsor remove`")
    _check_sponsor(do, asked)
    before = find_visitor(do.holder, asked)
    row = before or VisitorRow(holder=do.holder)
    wanted = replace(
        row, escort=do.escort, escort_group=do.escort_group, sponsor=do.sponsor if do.sponsor else row.sponsor
    )
    return Intent((), "the person is a visitor already") if wanted == before else Intent((Put(wanted),), "a visitor")


def _check_sponsor(do: VisitorSet, asked: Asked) -> None:
    if do.sponsor is None:
        return
    the(asked, HolderRow, do.sponsor)
    if do.sponsor == do.holder or find_sponsor(do.sponsor, asked) is None:
        raise Refused("no-sponsor", "this person may have nobody invited: `doorctl sponsor set` lets them")


def visitor_end(do: VisitorEnd, asked: Asked) -> Intent:
    """Let a holder be no visitor any more; their cards, grants and times stay as they are."""
    the(asked, HolderRow, do.holder)
    row = find_visitor(do.holder, asked)
    if row is None:
        return Intent((), "the person is no visitor")
    return Intent((Drop(row),), "no visitor any more", grants=1)


def sponsor_set(do: SponsorSet, asked: Asked) -> Intent:
    """Let guests be invited in a holder's name; those who are there are held to it, too."""
    the(asked, HolderRow, do.holder)
    for zone in do.zones:
        the(asked, ZoneRow, zone)
    if not do.zones:
        raise Refused("bad-sponsor", "name the zones that guests may be invited to")
    if find_visitor(do.holder, asked) is not None:
        raise Refused("is-visitor", "a visitor invites nobody")
    row = SponsorRow(holder=do.holder, zones=tuple(sorted({*do.zones})), many=do.many, seconds=do.seconds)
    if find_sponsor(do.holder, asked) == row:
        return Intent((), "the person may invite so already")
    return Intent((Put(row),), f"guests may be invited to {', '.join(row.zones)}, {row.many} at once", grants=1)


def sponsor_remove(do: SponsorRemove, asked: Asked) -> Intent:
    """Let nobody be invited in a holder's name any more; whoever is a guest of theirs is denied from now on."""
    the(asked, HolderRow, do.holder)
    row = find_sponsor(do.holder, asked)
    if row is None:
        return Intent((), "the person invites nobody")
    guests = len(rows_where(asked.connection, VisitorRow, sponsor=do.holder))
    return Intent((Drop(row),), f"invites nobody any more; {guests} guest(s) may enter nothing by it")


def find_visitor(holder: str, asked: Asked) -> VisitorRow | None:
    """Return what makes a holder a visitor."""
    return find_row(asked.connection, VisitorRow(holder=holder))


def find_sponsor(holder: str, asked: Asked) -> SponsorRow | None:
    """Return by what a holder may have guests invited."""
    return next(iter(rows_where(asked.connection, SponsorRow, holder=holder)), None)


def is_gone(holder: HolderRow, *, at: int) -> bool:
    """Tell whether a holder is suspended, or their time is over, so that nobody comes in their name."""
    return holder.status is not Status.ACTIVE or (holder.valid_until is not None and holder.valid_until <= at)


def check_escort(holder: str, escort: str | None, group: str | None, asked: Asked) -> None:
    """Refuse who could never bring a visitor: ``bad-escort``, or as unknown holders and groups are."""
    if escort is not None and group is not None:
        raise Refused("bad-escort", "one person or the members of one group bring a visitor")
    if escort is not None:
        the(asked, HolderRow, escort)
        if escort == holder or find_visitor(escort, asked) is not None:
            raise Refused("bad-escort", "no visitor brings another")
    if group is not None:
        the(asked, GroupRow, group)


def refuse_invited_to(zone: str, asked: Asked) -> None:
    """Refuse to take a zone away that somebody invites guests to: ``zone-in-use``."""
    (sponsors,) = asked.connection.execute(_INVITE_TO, (zone,)).fetchone()
    if sponsors:
        raise Refused(
            "zone-in-use",
            f"{sponsors} person(s) may invite guests to it: `doorctl sponsor list` tells whom, and `doorctl "
            "sponsor set` without it ends that",
        )


def check_controllers_know(asked: Asked) -> None:
    """Refuse a visitor whom an older controller would deny with everybody else: ``older-controllers``."""
    heard = ((name, each) for name, each in asked.roll.presences.items() if each.heard_at is not None)
    if too_old := sorted(name for name, each in heard if each.level < VisitorRow.level):
        raise Refused("older-controllers", f"{too_old[0]} runs a doorctl that knows no visitors: upgrade it first")


def _asks(row: ZoneEscortRow) -> str:
    if row.alone:
        return f"visitors may enter {row.zone} alone"
    group = f", whoever has no escort of their own behind one of {row.group}" if row.group is not None else ""
    return (
        f"visitors enter {row.zone} within {row.seconds} s after their escort, who brings at most {row.most} within "
        f"{row.per_seconds} s{group}"
    )
