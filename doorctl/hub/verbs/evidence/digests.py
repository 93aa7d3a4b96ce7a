"""The question for the digest: what was done in one's own name on a day, and on how many days before."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from doorctl.errors import Refused
from doorctl.hub.given_commands import KEPT_SECONDS
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.lists import fitting
from doorctl.trust.note import Role
from doorctl.wire.questions import DigestOf
from doorctl.wire.results import DayCount, Digest, GivenCommand

_BEFORE = timedelta(days=31)
_LONGEST = timedelta(seconds=KEPT_SECONDS)
_SELECT = """
SELECT position, at, admin, command, verb, about, verdict, reason, revision FROM given_commands
WHERE at >= :since AND at < :until AND position > :after
"""
_OWN = " AND admin = :admin"
_REFUSED = " AND verdict = 'refused'"
_COUNTED = "SELECT at, verdict FROM given_commands WHERE admin = :admin AND at >= :since AND at < :until ORDER BY at"
_FIRST_DAY, _LAST_DAY = date(1971, 1, 1), date(9998, 12, 31)
_OVERSEERS = frozenset({Role.OFFICER, Role.AUDITOR})


def digest(do: DigestOf, asked: Asked) -> Digest:
    """Tell one's own commands of a day; officers and auditors may ask for everybody's."""
    if do.everyone and not _OVERSEERS & frozenset(asked.admin.roles):
        raise Refused("not-allowed", "only officers and auditors see what others commanded")
    timezone, day = _timezone(asked), _day(do.day)
    if do.since is not None:
        after = max(_day(do.since) + timedelta(days=1), day - _LONGEST)
        return Digest(do.day, commands=(), before=_days_from(after, asked, day, timezone))
    since, until = _midnight(day, timezone), _midnight(day + timedelta(days=1), timezone)
    statement = f"{_SELECT}{'' if do.everyone else _OWN}{_REFUSED if do.refused else ''} ORDER BY position"
    values = {"since": since, "until": until, "after": do.after, "admin": asked.admin.id}
    rows = asked.connection.execute(statement, values).fetchall()
    given = [GivenCommand(*row[1:]) for row in rows]
    page = fitting(given)
    more = len(page) < len(given)
    return Digest(
        day=do.day,
        commands=tuple(page),
        before=_days_from(day - _BEFORE, asked, day, timezone),
        after=rows[len(page) - 1][0] if more else None,
    )


def _days_from(first: date, asked: Asked, day: date, timezone: ZoneInfo) -> tuple[DayCount, ...]:
    """Count one's own commands from the first day up to the last, by days that had any."""
    span = {"since": _midnight(first, timezone), "until": _midnight(day + timedelta(days=1), timezone)}
    given: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for at, verdict in asked.connection.execute(_COUNTED, {**span, "admin": asked.admin.id}):
        on = datetime.fromtimestamp(at, UTC).astimezone(timezone).date().isoformat()
        given[on] += 1
        refused[on] += verdict == "refused"
    return tuple(DayCount(on, count, refused[on]) for on, count in given.items())


def _timezone(asked: Asked) -> ZoneInfo:
    row = asked.connection.execute("SELECT timezone FROM sites").fetchone()
    return ZoneInfo(row[0] if row else "UTC")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refused("bad-date", f"{text} is not a date of the calendar") from error
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise Refused("bad-date", f"{text} is out of range")
    return day


def _midnight(day: date, timezone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), timezone).timestamp())
