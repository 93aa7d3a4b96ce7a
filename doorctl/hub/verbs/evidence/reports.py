"""The question for counts of records, by which reports are made, and what an officer allows in them."""

from collections.abc import Iterable, Iterator
from typing import Any

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent
from doorctl.hub.verbs.lists import MAX_RESULT_BYTES
from doorctl.policy.facts import FactsReader
from doorctl.reports.tallies import COUNTED, Counts, Event, WallClock, counting, rows_of
from doorctl.wire.report_words import SettingSet, SiteSetting, TalliesOf, TalliesPage, Tally, pack

MOST_COUNTED = 20_000
"""So many records one question looks at: while it does, the hub does nothing else."""
MOST_COUNTS = (2000, 300)
"""So many counts an answer has at most: nearly always the first fit into it, the second whatever their words are."""
CLOCKS_APART = 3600
"""A record is hardly ever taken in before it was made; by more than so many seconds, a report may miss it."""

_KINDS = ", ".join(f"'{kind}'" for kind in COUNTED)
_SELECT = f"""
SELECT r.position, r.at, r.kind, r.outcome,
CASE r.kind WHEN 'decision' THEN json_extract(CAST(r.leaf AS TEXT), '$.reason') END, r.door, r.zone, o.subject
FROM records AS r NOT INDEXED LEFT JOIN openings AS o
ON o.controller = r.controller AND o.log_epoch = r.log_epoch AND o.part = 0
AND o.seq = CASE r.kind WHEN 'opened' THEN json_extract(CAST(r.leaf AS TEXT), '$.of') ELSE r.seq END
WHERE r.position > :after AND r.position <= :up_to AND r.kind IN ({_KINDS})
"""  # noqa: S608 - our own words
_FILTERS = {
    "since": " AND r.at >= :since",
    "until": " AND r.at < :until",
    "zone": " AND r.zone = :zone",
    "door": " AND r.door = :door",
}
_NEWEST = "SELECT coalesce(max(position), 0) FROM records"
_BEFORE = "SELECT position FROM records WHERE controller = 'hub' AND at < ? ORDER BY log_epoch DESC, seq DESC LIMIT 1"
"""The hub writes down when it takes records in: what it wrote before a time came before what was made after it."""
_ALLOWED = "SELECT 1 FROM site_settings WHERE setting = ? AND allowed"
_ALLOW = """
INSERT INTO site_settings (setting, allowed) VALUES (?, ?)
ON CONFLICT (setting) DO UPDATE SET allowed = excluded.allowed
"""


def tallies_of(do: TalliesOf, asked: Asked) -> TalliesPage:
    """Count the records of the next stretch: as many as are looked at, or as give what a response can carry."""
    check_days_allowed(do, asked)
    after = do.after or first_position(do, asked)
    (newest,) = asked.connection.execute(_NEWEST).fetchone()
    up_to = max(after, min(newest, after + MOST_COUNTED))
    filters = {name: value for name in _FILTERS if (value := getattr(do, name)) is not None}
    statement = _SELECT + "".join(_FILTERS[name] for name in filters)
    clock, values = _clock(do, asked), {**filters, "after": after, "up_to": up_to}
    for most in MOST_COUNTS:
        rows = asked.connection.execute(f"{statement} ORDER BY r.position", values)
        counts, counted_to = _counted(rows, do, clock, most)
        if len(packed := pack(rows_of(counts))) <= MAX_RESULT_BYTES * 3 // 4:  # in base64 a third longer
            break
    reached = up_to if counted_to is None else counted_to
    return TalliesPage(packed, reached, more=reached < newest)


def _counted(
    rows: Iterable[tuple[Any, ...]], do: TalliesOf, clock: WallClock, most: int
) -> tuple[Counts, int | None]:
    """Count until there are so many counts; tell at which position that was, None after the last row."""
    counts: Counts = {}
    positions: list[int] = []
    for _ in counting(_events(rows, positions), do.tallies, clock, counts):
        if len(counts) >= most:
            return counts, positions[0]
    return counts, None


def _events(rows: Iterable[tuple[Any, ...]], positions: list[int]) -> Iterator[Event]:
    for position, *said in rows:
        positions[:] = [position]
        yield Event(*said)


def check_days_allowed(do: TalliesOf, asked: Asked) -> None:
    """Refuse to tell how long people work where nobody has allowed it: ``days-report-off``."""
    if Tally.DAYS in do.tallies and not asked.connection.execute(_ALLOWED, (SiteSetting.DAYS_REPORT,)).fetchone():
        raise Refused(
            "days-report-off",
            "this site does not report when people come and leave: that is watching them at work, and may take "
            "the consent of the staff council; an officer allows it with `doorctl report allow-days yes`",
        )


def first_position(do: TalliesOf, asked: Asked) -> int:
    """Return a position that nothing of the period comes before."""
    if do.since is None:
        return 0
    row = asked.connection.execute(_BEFORE, (do.since - CLOCKS_APART,)).fetchone()
    return 0 if row is None else int(row[0])


def setting_set(do: SettingSet, _: Asked) -> Intent:
    """Allow something in this site, or no longer; the command is recorded like every other."""
    word = "is allowed" if do.allowed else "is not allowed"
    return Intent((), f"{do.setting} {word}", own=((_ALLOW, (do.setting, int(do.allowed))),))


def _clock(do: TalliesOf, asked: Asked) -> WallClock:
    building = FactsReader(asked.connection).building()
    if do.schedule is None:
        if Tally.OUT_OF_HOURS in do.tallies:
            raise Refused("no-schedule", "out of hours is outside of a schedule: name one")
        return WallClock(building.timezone)
    schedule = building.schedules.get(do.schedule)
    if schedule is None:
        raise Refused("unknown-schedule", "there is no such schedule: add it first")
    return WallClock(building.timezone, schedule, building.holidays)
