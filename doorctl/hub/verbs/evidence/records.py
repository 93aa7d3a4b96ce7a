"""The question for audit records: a page of them in the order of their arrival, by what they are about."""

from doorctl.hub.exports.record_filter import WITH_NAMES, WITH_SUBJECT, condition_of, values_of
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.lists import fitting
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine, RecordsPage

_SELECT = f"""
SELECT r.position, r.controller, r.log_epoch, r.seq, r.leaf, o.subject, {{who}}
FROM records AS r NOT INDEXED {WITH_SUBJECT} {{names}}
WHERE r.position > :after AND r.position <= :up_to AND {{condition}} ORDER BY r.position LIMIT :limit + 1
"""  # noqa: S608 - our own words
"""``NOT INDEXED``: in the order of positions; else all records of a person would be looked up for each page."""
_NEWEST = "SELECT coalesce(max(position), 0) FROM records"
MOST_LOOKED_AT = 20_000
"""So many records one question looks at: while it does, the hub does nothing else."""
_HOLDER = "holder:"
_CREDENTIAL = "credential:"

Row = tuple[int, str, int, int, bytes, str | None, str | None, str | None]


def records(do: Records, asked: Asked) -> RecordsPage:
    """Return those of the next records after a position that every given filter lets through; there may be none.

    Handles and names stand in it only where they are asked for, which takes a right of its own.
    """
    (newest,) = asked.connection.execute(_NEWEST).fetchone()
    up_to = max(do.after, min(newest, do.after + MOST_LOOKED_AT))
    filtered = values_of(do)
    values = {**filtered, "after": do.after, "up_to": up_to, "limit": do.limit}
    who, names = ("p.handle, p.name", WITH_NAMES) if do.names else ("NULL, NULL", "")
    statement = _SELECT.format(who=who, names=names, condition=condition_of(filtered))
    rows = asked.connection.execute(statement, values)
    lines = [_line(row) for row in rows]
    page = fitting(lines[: do.limit])
    if len(page) < len(lines):
        return RecordsPage(tuple(page), page[-1].position, more=True)
    return RecordsPage(tuple(page), up_to, more=up_to < newest)


def _line(row: Row) -> RecordLine:
    position, controller, log_epoch, seq, leaf, subject, handle, name = row
    return RecordLine(
        position=position,
        controller=controller,
        log_epoch=log_epoch,
        seq=seq,
        leaf=leaf.decode(),
        holder=_after_prefix(subject, _HOLDER),
        handle=handle,
        name=name,
        credential=_after_prefix(subject, _CREDENTIAL),
    )


def _after_prefix(subject: str | None, prefix: str) -> str | None:
    return subject.removeprefix(prefix) if subject and subject.startswith(prefix) else None
