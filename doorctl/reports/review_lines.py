"""An access review as a table: what was said of each line, by whom and when."""

from collections.abc import Iterable

from doorctl.reports.shown import Shown
from doorctl.reports.tables import Report, Table
from doorctl.wire.report_words import ReviewFound, ReviewLine


def review_report(found: ReviewFound, lines: Iterable[ReviewLine], shown: Shown) -> Report:
    """Report on one review."""
    begun = f"Begun {shown.time(found.started_at)} by {found.started_by}."
    finished = shown.maybe(found.finished_at)
    state = (
        f"Finished {finished} by {found.finished_by}."
        if finished
        else f"Not finished: {found.open} line(s) are open."
    )
    said = f"{found.confirmed} confirmed, {found.revoked} revoked."
    table = Table(
        "What was said",
        ("zone", "who", "members", "outcome", "by", "at"),
        tuple(_row(line, shown) for line in lines),
        empty="Nobody had a grant in these zones.",
        says="A group is one line, with as many members as it had when the review was begun.",
    )
    return Report(f"Access review {found.review[:8]} of {', '.join(found.zones)}", (begun, state, said), (table,))


def _row(line: ReviewLine, shown: Shown) -> tuple[str | int | None, ...]:
    who = f"group {line.group}" if line.group else shown.person(line.holder or "")
    return line.zone, who, line.members if line.group else None, line.outcome, line.by, shown.maybe(line.at)
