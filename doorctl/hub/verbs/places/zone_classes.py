"""The command that says which classes of readers and of cards a zone takes."""

from collections.abc import Iterator

from doorctl.core.model import Status
from doorctl.hub.two_admins.zone_bars import classes_by, classes_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.rows import ZoneClassesRow, ZoneRow
from doorctl.wire.classes import ZoneClassesSet
from doorctl.wire.messages import Drop, Put

_CARDS = """
SELECT coalesce(k.card_class, 'unknown') FROM credentials AS c LEFT JOIN credential_classes AS k ON k."key" = c."key"
JOIN holders AS h ON h.id = c.holder
WHERE c.status = :active AND h.status = :active AND c.holder IN (
    SELECT holder FROM grants WHERE zone = :zone UNION
    SELECT m.holder FROM grants AS g JOIN members AS m ON m."group" = g."group" WHERE g.zone = :zone
)
"""
"""The class of each card whose holder has a grant for the zone."""


def zone_classes_set(do: ZoneClassesSet, asked: Asked) -> Intent:
    """Put what a zone takes in the place of what it took before; one that takes everything has no row."""
    the(asked, ZoneRow, do.zone)
    before, wanted = classes_of(asked.connection, do.zone), classes_by(do)
    if wanted == before:
        return Intent((), f"{do.zone} takes that already")
    operation = Drop(before) if wanted == ZoneClassesRow(zone=do.zone) else Put(wanted)
    return Intent((operation,), "; ".join((_takes(wanted), *_denied_by_it(wanted, asked))))


def _takes(row: ZoneClassesRow) -> str:
    readers = ", ".join(row.reader_classes) or "every class of"
    cards = ", ".join(row.card_classes) or "every class of"
    return f"{row.zone} takes {readers} reader and {cards} card"


def _denied_by_it(row: ZoneClassesRow, asked: Asked) -> Iterator[str]:
    """Tell who is denied though they have a grant, so that somebody sees to it before they stand there."""
    cards = asked.connection.execute(_CARDS, {"zone": row.zone, "active": Status.ACTIVE}).fetchall()
    barred = sum(word not in row.card_classes for (word,) in cards) if row.card_classes else 0
    if barred:
        yield (
            f"{barred} of {len(cards)} cards of those with a grant are of another class, or nobody has said of which "
            "(doorctl card class)"
        )
