"""The records of site.db one after the other, read beside the running hub: for exports of any length, flat in memory.

They are read in windows of positions, so no read lasts long enough to hold the hub's write-ahead log back.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from doorctl.hub.exports.record_filter import WITH_NAMES, WITH_SUBJECT, Values, condition_of

_WINDOW = 8192
_EXPORT = "SELECT id, at, admin, form, with_names, last_record FROM exports WHERE id = ?"

Row = tuple[int, str, int, int, bytes, str | None, str | None, str | None]
"""Position, log, epoch, number, leaf, subject, handle, name."""


class Begun(NamedTuple):
    """An export as the hub has recorded it: ``at`` is seconds since 1970, ``last_record`` the last position in it."""

    id: str
    at: int
    admin: str
    form: str
    with_names: int
    last_record: int


def begun_export(connection: sqlite3.Connection, export: str) -> Begun | None:
    """Return an export that the hub has recorded here. Raises sqlite3.Error."""
    row = connection.execute(_EXPORT, (export,)).fetchone()
    return None if row is None else Begun(*row)


def rows_up_to(
    connection: sqlite3.Connection, values: Values, *, last: int, with_names: bool, tell: Callable[[int], None]
) -> Iterator[Row]:
    """Yield the records that fit, in the order of their arrival; ``tell`` hears how many positions are done.

    Raises sqlite3.Error.
    """
    who = ("p.handle, p.name", WITH_NAMES) if with_names else ("NULL, NULL", "")
    statement = f"""
    SELECT r.position, r.controller, r.log_epoch, r.seq, r.leaf, o.subject, {who[0]}
    FROM records AS r {WITH_SUBJECT} {who[1]}
    WHERE r.position > :after AND r.position <= :end AND {condition_of(values)} ORDER BY r.position
    """  # noqa: S608 - our own words
    for after in range(0, last, _WINDOW):
        end = min(last, after + _WINDOW)
        yield from connection.execute(statement, {**values, "after": after, "end": end})
        tell(end - after)
