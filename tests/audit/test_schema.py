"""The tables of a log are made in a new file; whatever else stands in a file is not touched."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.schema import TRY_LATER_EXIT, migrate, run
from doorctl.audit.state import UsedTimes, read_memory
from doorctl.audit.table_maker import NO_LOG_EXIT
from tests.audit.logs import a_draft, a_log, stored


def rows_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def tables_of(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def a_foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
        connection.execute("INSERT INTO photos VALUES ('Ada')")
        connection.commit()


def test_a_log_that_is_there_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([a_draft("one")])
    before = rows_of(path)

    migrate(path)

    assert rows_of(path) == before
    assert stored(path).details == ["one"]


@pytest.mark.parametrize("table", ["_sqlite_migrations", "log"])
def test_a_log_without_all_of_its_tables_is_not_touched(tmp_path: Path, table: str) -> None:
    path = tmp_path / "audit.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {table}")
        connection.execute("DELETE FROM _sqlite_migrations" if table == "log" else "DELETE FROM log")
        connection.commit()
    before = rows_of(path)

    with pytest.raises((ValueError, sqlite3.Error), match=r"no log|no such table"):
        migrate(path)

    assert rows_of(path) == before


def test_another_s_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    a_foreign_database(path)
    before = rows_of(path)

    assert run(path) == NO_LOG_EXIT
    assert rows_of(path) == before


def test_a_text_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.write_text("this is not a database\n" * 100)

    assert run(path) == NO_LOG_EXIT
    assert path.read_text() == "this is not a database\n" * 100


def test_a_file_that_cannot_be_made_now_may_be_made_later(tmp_path: Path) -> None:
    assert run(tmp_path / "missing" / "audit.db") == TRY_LATER_EXIT


def test_a_log_of_the_first_version_gets_the_newer_tables_and_keeps_its_records(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([a_draft("one")])
    with closing(sqlite3.connect(path)) as connection:
        for table in tables_of(connection) - {"log", "records", "openings", "_sqlite_migrations"}:
            connection.execute(f"DROP TABLE {table}")
        for column in ("first", "before", "floods"):
            connection.execute(f"ALTER TABLE log DROP COLUMN {column}")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name NOT LIKE 'm001%'")
        connection.commit()

    with closing(a_log(path)) as log:
        log.append([a_draft("two")])
    assert stored(path).details == ["one", "two"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM state_orders").fetchone() == (0,)


_KEYED_BESIDE = """
DROP TABLE state_wrong_pins;
CREATE TABLE state_wrong_pins (whose TEXT PRIMARY KEY, level REAL NOT NULL, last INTEGER NOT NULL) STRICT;
INSERT INTO state_wrong_pins VALUES ('reader:front-in', 2.5, 1700000000);
DROP TABLE state_uses;
CREATE TABLE state_uses (
    limits TEXT PRIMARY KEY, holder TEXT NOT NULL, uses INTEGER NOT NULL, first INTEGER NOT NULL
) STRICT;
INSERT INTO state_uses VALUES ('key-1', 'ada', 3, 1700000001);
DELETE FROM _sqlite_migrations WHERE name LIKE 'm011%';
"""


def test_a_log_that_had_keys_beside_its_rows_remembers_wrong_pins_and_uses(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_KEYED_BESIDE)

    assert run(path) == 0

    memory = read_memory(path)
    assert (memory.wrong_pins, memory.uses) == (
        {"reader:front-in": (2.5, 1700000000)},
        {"key-1": UsedTimes("ada", 3, 1700000001)},
    )
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("PRAGMA table_list").fetchall()
    assert {"state_wrong_pins", "state_uses"} <= {name for _, name, _, _, without_rowid, _ in rows if without_rowid}


def test_a_migration_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        for table in tables_of(connection) - {"_sqlite_migrations"}:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DELETE FROM _sqlite_migrations")
        connection.commit()

    assert run(path) == 0
    with closing(a_log(path)) as log:
        assert log.append([a_draft("one")]) == [1]
