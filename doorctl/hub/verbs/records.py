"""The question for audit records: a page of them in the order of their arrival, by what they are about."""

from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.lists import fitting
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine, RecordsPage

_SELECT = """
SELECT r.position, r.controller, r.log_epoch, r.seq, r.leaf, o.subject, p.handle, p.name
FROM records AS r
LEFT JOIN openings AS o
ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.seq = r.seq AND o.part = 0
LEFT JOIN people AS p ON o.subject LIKE 'holder:%' AND p.holder = substr(o.subject, 8)
WHERE r.position > :after
"""
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
    """Return the records after a position that every given filter lets through."""
    filters = "".join(text for name, text in _FILTERS.items() if getattr(do, name) is not None)
    values = {name: getattr(do, name) for name in (*_FILTERS, "after", "limit")}
    rows = asked.connection.execute(f"{_SELECT}{filters} ORDER BY r.position LIMIT :limit + 1", values)
    lines = [_line(row) for row in rows]
    page = fitting(lines[: do.limit])
    return RecordsPage(tuple(page), page[-1].position if page else do.after, more=len(page) < len(lines))


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
