"""The command that says what a zone asks for at its doors: a card, a PIN, either or both, and of how many."""

from collections.abc import Iterator

from doorctl.core.model import Status
from doorctl.core.rules.factors import BY_CARD_ALONE, factors_asked
from doorctl.hub.two_admins.zone_asks import check_takes_cards, factor_by, factor_of, rule_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.rows import GroupRow, ScheduleRow, ZoneFactorRow, ZoneRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.rights import ZoneFactorSet

_GRANTED = """
SELECT count(DISTINCT h.id), count(DISTINCT h.id) FILTER (WHERE p.holder IS NULL), count(DISTINCT l.holder)
FROM grants AS g
LEFT JOIN members AS m ON m."group" = g."group"
JOIN holders AS h ON h.id = coalesce(g.holder, m.holder)
LEFT JOIN pins AS p ON p.holder = h.id
LEFT JOIN members AS l ON l.holder = h.id AND l."group" = :leaders
WHERE g.zone = :zone AND h.status = :active AND coalesce(g.valid_until, :now) >= :now
"""
"""How many have a grant for the zone, how many of them no PIN, and how many are of the group that one must be of."""


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
    return Intent((operation,), "; ".join((_asks(wanted), *_denied_by_it(wanted, asked))))


def _asks(row: ZoneFactorRow) -> str:
    by_the_clock = ", or by the clock " + ", ".join(f"{time.schedule}={time.factor}" for time in row.times)
    leader = f", one of them of {row.persons_group}" if row.persons_group is not None else ""
    together = f", of {row.persons} persons together{leader}" if row.persons > 1 else ""
    return f"{row.zone} asks for {row.factor}{by_the_clock if row.times else ''}{together}"


def _denied_by_it(row: ZoneFactorRow, asked: Asked) -> Iterator[str]:
    """Tell who is denied though they have a grant, so that somebody sees to it before they stand there."""
    question = {"zone": row.zone, "leaders": row.persons_group, "active": Status.ACTIVE, "now": asked.at}
    people, without_pin, leaders = asked.connection.execute(_GRANTED, question).fetchone()
    if without_pin and not factors_asked(row.factor, row.times) <= BY_CARD_ALONE:
        yield f"{without_pin} of {people} with a grant have no PIN and are denied where it asks for one"
    if 1 < row.persons > people:
        yield f"only {people} have a grant: it opens for nobody"
    elif row.persons > 1 and row.persons_group is not None and not leaders:
        yield f"nobody of {row.persons_group} has a grant: it opens for nobody"
