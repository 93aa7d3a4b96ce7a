"""The question for audit records: a page of them in the order of their arrival, by what they are about."""

from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.lists import fitting
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine, RecordsPage

_SELECT = """
SELECT r.position, r.controller, r.log_epoch, r.seq, r.leaf, o.subject, p.handle, p.name
FROM records AS r NOT INDEXED
LEFT JOIN openings AS o
ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.seq = r.seq AND o.part = 0
LEFT JOIN people AS p ON o.subject LIKE 'holder:%' AND p.holder = substr(o.subject, 8)
WHERE r.position > :after AND r.position <= :up_to AND r.kind NOT IN ('cosigned', 'hub_root')
"""
"""``NOT INDEXED``: in the order of positions; else all records of a person would be looked up for each page."""
MOST_LOOKED_AT = 20_000
"""So many records one question looks at: while it does, the hub does nothing else."""
_NEWEST = "SELECT coalesce(max(position), 0) FROM records"
_FILTERS = {
    "since": " AND r.at >= :since",
    "until": " AND r.at < :until",
    "zone": " AND r.zone = :zone",
    "door": " AND r.door = :door",
    "holder": " AND o.subject = 'holder:' || :holder",
    "outcome": " AND r.outcome = :outcome",
}
_HOLDER = "holder:"
_CREDENTIAL = "credential:"

Row = tuple[int, str, int, int, bytes, str | None, str | None, str | None]


def records(do: Records, asked: Asked) -> RecordsPage:
    """Return those of the next records after a position that every given filter lets through; there may be none."""
    (newest,) = asked.connection.execute(_NEWEST).fetchone()
    up_to = max(do.after, min(newest, do.after + MOST_LOOKED_AT))
    filters = "".join(text for name, text in _FILTERS.items() if getattr(do, name) is not None)
    values = {name: getattr(do, name) for name in (*_FILTERS, "after", "limit")} | {"up_to": up_to}
    rows = asked.connection.execute(f"{_SELECT}{filters} ORDER BY r.position LIMIT :limit + 1", values)
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
