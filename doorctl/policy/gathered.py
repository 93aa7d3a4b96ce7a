"""What rows of other tables say of a holder or a card, gathered in their own row: one look finds all of it.

1. Triggers keep it so, whoever writes. Where rows come by the thousand, it is gathered behind them.
2. It is made of rows alone, and so in no digest; whoever looks at every row looks at it, too.
3. In a policy that an older doorctl has made nothing is gathered: there each look gathers anew.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

_ROWS_AT_ONCE = 500
_HAS_PLACE = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('holders') WHERE name = 'gathered')"
_Key = tuple[str | bytes]


class _Part(NamedTuple):
    """What rows of one table say, as JSON, and the column by which they say of whom."""

    table: str
    whose: str
    value: str


class Subject(NamedTuple):
    """Those of whom something is said: their table and its key, and by word what.

    ``comes_late``: the rows that say it may be there before theirs.
    """

    table: str
    key: str
    parts: Mapping[str, _Part]
    comes_late: bool = False

    def gathered(self, row: str, *, out_of: Set[str] | None = None) -> str:
        """Write what is said of a row of this name, by all tables or these: a JSON object, NULL for nothing."""
        parts = (
            f"'{what}', json((SELECT {it.value} FROM {it.table} AS t WHERE t.{it.whose} = {row}.{self.key}))"  # noqa: S608
            for what, it in self.parts.items()
            if out_of is None or it.table in out_of
        )
        return f"nullif(json_patch('{{}}', json_object({', '.join(parts)})), '{{}}')"


HOLDER = Subject(
    "holders",
    "id",
    {
        "pin": _Part("pins", "holder", "json_array(hex(t.\"key\"), nullif(hex(t.duress), ''), t.ring_keys)"),
        "times": _Part("holder_times", "holder", "json_array(t.release_seconds, t.held_open_seconds)"),
        "clearance": _Part("clearances", "holder", "t.clearance"),
        "visiting": _Part("visitors", "holder", "json_array(t.escort, t.escort_group, t.sponsor)"),
        "sponsoring": _Part("sponsors", "holder", "t.zones"),
        "trained": _Part("trainings", "holder", "nullif(json_group_object(t.course, t.day), '{}')"),
    },
)
CARD = Subject(
    "credentials",
    '"key"',
    {
        "limits": _Part("credential_limits", '"key"', "json_array(t.id, t.uses, t.first_use_seconds)"),
        "card_class": _Part("credential_classes", '"key"', "json_array(t.card_class, t.holder)"),
    },
    comes_late=True,
)
_SUBJECTS = (HOLDER, CARD)


def begin_gathering(connection: sqlite3.Connection) -> None:
    """Make a place for it, fill it, and keep it so; in the caller's transaction. Raises sqlite3.Error."""
    for subject in _SUBJECTS:
        connection.execute(f"ALTER TABLE {subject.table} ADD COLUMN gathered TEXT")
    for update, whose in gathering(connection):
        connection.executemany(update, whose)
    for subject in _SUBJECTS:
        for trigger in _triggers(subject):
            connection.execute(trigger)


def is_gathered(connection: sqlite3.Connection) -> bool:
    """Tell whether a policy has a place for it. Raises sqlite3.Error."""
    return bool(connection.execute(_HAS_PLACE).fetchone()[0])


def gathering(connection: sqlite3.Connection) -> Iterator[tuple[str, list[_Key]]]:
    """Give statements that gather what is not yet, each with keys for ``executemany``. Raises sqlite3.Error."""
    for subject in _SUBJECTS:
        gathered = subject.gathered(subject.table)
        update = f"UPDATE {subject.table} SET gathered = {gathered} WHERE {subject.key} = ? AND gathered IS NULL"  # noqa: S608
        for part in subject.parts.values():
            yield from ((update, some) for some in _some_of(connection, part))


def each_is_true(connection: sqlite3.Connection) -> Iterator[bool]:
    """Tell of one after the other whether what is gathered is what the rows say. Raises sqlite3.Error."""
    for subject in _SUBJECTS:
        gathered = subject.gathered(subject.table)
        statement = f"SELECT gathered IS {gathered} FROM {subject.table}"  # noqa: S608 - our own words
        yield from (bool(is_true) for (is_true,) in connection.execute(statement))


def _some_of(connection: sqlite3.Connection, part: _Part) -> Iterator[list[_Key]]:
    """Read of whom a table says something, some at a time."""
    statement = (
        f"SELECT DISTINCT {part.whose} FROM {part.table} WHERE {part.whose} > ? "  # noqa: S608 - our own words
        f"ORDER BY {part.whose} LIMIT {_ROWS_AT_ONCE}"
    )
    last: str | bytes = ""
    while some := connection.execute(statement, (last,)).fetchall():
        yield some
        last = some[-1][0]


def _triggers(subject: Subject) -> Iterator[str]:
    """Write those that mark it as stale, and the one that gathers it then: every connection holds all their text."""
    table, key = subject.table, subject.key
    yield (
        f"CREATE TRIGGER gather_in_{table} AFTER UPDATE OF gathered ON {table} WHEN NEW.gathered = '' "  # noqa: S608
        f"BEGIN UPDATE {table} SET gathered = {subject.gathered(table)} WHERE {key} = NEW.{key}; END"
    )
    if subject.comes_late:
        yield _trigger(subject, "INSERT", table, f"NEW.{key}")
    for part in subject.parts.values():
        yield _trigger(subject, "INSERT", part.table, f"NEW.{part.whose}")
        yield _trigger(subject, "UPDATE", part.table, f"OLD.{part.whose}, NEW.{part.whose}")
        yield _trigger(subject, "DELETE", part.table, f"OLD.{part.whose}")


def _trigger(subject: Subject, event: str, table: str, whose: str) -> str:
    return (
        f"CREATE TRIGGER gather_at_{event.lower()}_of_{table} AFTER {event} ON {table} "  # noqa: S608 - our own words
        f"BEGIN UPDATE {subject.table} SET gathered = '' WHERE {subject.key} IN ({whose}); END"
    )
