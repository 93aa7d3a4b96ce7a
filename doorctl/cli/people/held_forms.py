"""All that is held about a person as people read it: as text, or as a report for one HTML file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from doorctl.cli.output import printable
from doorctl.cli.times import local_time
from doorctl.reports.tables import Report, Table

_TITLES = {
    "person": "The person",
    "cards": "Cards",
    "groups": "Groups",
    "grants": "What they may enter",
    "rosters": "Signed rosters that name them",
    "waiting": "Requests about them that wait",
    "exports": "Files that may hold records of them",
    "acts": "What admins did about them",
    "alerts": "Alerts about them",
    "reviews": "What access reviews said of them",
    "whereabouts": "Where they were last, by each controller's count",
    "passback_resets": "Where it was forgotten that they are inside",
    "badges": "Visitors' badges that they have, or have handed out as a host",
    "guests": "Visitors whom they bring or invite",
    "host_keys": "Keys of admins by which they invite guests themselves",
    "delegates": "Who invites in whose name, and until when",
    "own_pins": "PINs that they have set at a reader, and that wait",
    "commands": "Commands about them in the memory of commands",
    "as_unknown": "Records of their cards as unknown ones",
    "watched": "What the watch over records remembers of them",
    "changes": "Changes of the policy that name them",
    "records": "Records that lead to them",
}
_COLUMNS = {
    "acts": ("at", "admin", "verb", "verdict", "reason"),
    "alerts": ("raised_at", "severity", "rule", "door", "zone", "detail", "acknowledged_by", "note"),
    "reviews": ("started_at", "started_by", "zone", "outcome", "said_by", "said_at", "finished_at"),
    "records": ("at", "controller", "kind", "door", "zone", "outcome", "reason"),
}
"""Of what has many fields: those with a column of their own; all others stand in the last one."""
_REST = "more"


def as_text(held: Mapping[str, Any], timezone: ZoneInfo) -> Iterator[str]:
    """Write it line by line, times by the site's wall clock."""
    yield f"All that is held about {held['holder']}"
    for part, title in _TITLES.items():
        lines = _lines_of(held, part)
        yield f"\n{title}: {len(lines) or 'none'}"
        yield from (f"  {printable(_words(each, timezone))}" for each in lines)


def as_report(held: Mapping[str, Any], timezone: ZoneInfo) -> Report:
    """Put it into a table for each part."""
    facts = (
        f"Records name them by the id {held['holder']}, which tells nobody anything without what stands here.",
        f"Times are by the wall clock of {timezone.key}; those of records are in UTC.",
    )
    tables = tuple(_table(part, title, _lines_of(held, part), timezone) for part, title in _TITLES.items())
    return Report(f"All that is held about {held['person'].get('handle') or held['holder']}", facts, tables)


def _lines_of(held: Mapping[str, Any], part: str) -> Sequence[dict[str, Any]]:
    lines = [held[part]] if part == "person" else held[part]
    return [each if isinstance(each, dict) else {"zone": each} for each in lines]


def _table(part: str, title: str, lines: Sequence[dict[str, Any]], timezone: ZoneInfo) -> Table:
    said = [{name: value for name, value in line.items() if value not in (None, "")} for line in lines]
    there = dict.fromkeys(name for line in said for name in line)
    columns = tuple(name for name in _COLUMNS.get(part, there) if name in there)
    has_rest = there.keys() > set(columns)
    rows = tuple(
        (
            *(_told(name, line[name], timezone) if name in line else None for name in columns),
            *([_words({name: line[name] for name in line if name not in columns}, timezone)] if has_rest else []),
        )
        for line in said
    )
    named = tuple(name.replace("_", " ") for name in columns)
    return Table(title, (*named, *([_REST] if has_rest else [])), rows)


def _words(line: Mapping[str, Any], timezone: ZoneInfo) -> str:
    told = {name: value for name, value in line.items() if value is not None}
    return "; ".join(f"{name.replace('_', ' ')} {_told(name, value, timezone)}" for name, value in told.items())


def _told(name: str, value: object, timezone: ZoneInfo) -> str:
    is_time = isinstance(value, int) and (
        name == "at" or name.endswith(("_at", "_until")) or name.startswith("valid_")
    )
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return local_time(int(str(value)), timezone) if is_time else str(value)
