"""How often a card with limits was used, as the records tell that controllers have uploaded."""

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime

from doorctl.core.model import CardUsed
from doorctl.core.request import NEVER_USED
from doorctl.core.uses_told import MAY_CHANGE, change_told

_CHANGE = "change_told(r.kind, coalesce(json_extract(CAST(r.leaf AS TEXT), '$.detail'), ''))"
_OF_HOLDER = "openings AS o JOIN records AS r USING (controller, log_epoch, seq)"
_KINDS = ", ".join(f"'{kind}'" for kind in sorted(MAY_CHANGE))
_MAY_TELL = f"o.part = 0 AND r.kind IN ({_KINDS})"
_SINCE_LIMITS = f"FROM {_OF_HOLDER} WHERE o.subject = 'holder:' || l.holder AND r.at >= l.since AND {_MAY_TELL}"
COUNTED = f"(SELECT coalesce(sum({_CHANGE}), 0) {_SINCE_LIMITS})"
"""Uses of the holder of the limits ``l`` since these were given, but for those that were forgiven."""
FIRST_COUNTED = f"(SELECT min(r.at) {_SINCE_LIMITS} AND {_CHANGE} <> 0)"
"""When the first of them was, forgiven or not."""
_LIMITS = 'SELECT holder, since FROM credential_limits WHERE "key" = ?'
_USES = f"""
SELECT r.controller, {_CHANGE} AS change, r.at FROM {_OF_HOLDER}
WHERE o.subject = 'holder:' || ? AND r.at >= ? AND {_MAY_TELL} AND change <> 0 ORDER BY r.at
"""  # noqa: S608 - our own words


def teach_uses(connection: sqlite3.Connection) -> None:
    """Let statements read what records say of uses, as ``COUNTED`` does."""
    connection.create_function("change_told", 2, change_told, deterministic=True)


def used_at(connection: sqlite3.Connection, key: bytes, controllers: Collection[str]) -> CardUsed:
    """Return how often a card was used at doors of these controllers since it has its limits, and when first.

    A record tells whose card it was, not which: of two with limits of one holder every use counts for both.
    """
    limits = connection.execute(_LIMITS, (key,)).fetchone()
    used = NEVER_USED
    for controller, change, at in [] if limits is None else connection.execute(_USES, limits):
        if controller in controllers:
            count = used.count + change
            used = CardUsed(count, used.first or datetime.fromtimestamp(at, UTC)) if count > 0 else NEVER_USED
    return used
