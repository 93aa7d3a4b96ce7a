"""Badges that visitors have not brought back by their time: each is an alert, once."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace

from doorctl.core.suspicion.alerts import RuleName, Severity, Suspicion
from doorctl.hub.own_log import subject_of

MOST_AT_ONCE = 100
_OVERDUE = 'SELECT hex(substr("key", 1, 4)), holder, due_at FROM badges WHERE due_at <= ? ORDER BY due_at'


def overdue_badges(connection: sqlite3.Connection, severity: Severity, *, at: int) -> Iterator[Suspicion]:
    """Tell of each badge that is out longer than it may be; what opens by it is nothing any more."""
    for badge, holder, due_at in connection.execute(_OVERDUE, (at,)).fetchall():
        yield Suspicion(
            RuleName.BADGE_OVERDUE,
            severity,
            due_at,
            f"{badge}|{due_at}",
            "a visitor has not brought it back: `doorctl visitor list --overdue`",
            subject=subject_of(holder) if holder else "",
        )


def told_at_once(news: Sequence[Suspicion]) -> list[Suspicion]:
    """Return as many as are raised in one turn; the last of them says how many are left for the next ones."""
    told, left = list(news[:MOST_AT_ONCE]), len(news) - MOST_AT_ONCE
    if left > 0:
        told[-1] = replace(told[-1], detail=f"{told[-1].detail}; {left} more are not back, and told next")
    return told
