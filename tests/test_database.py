"""Rows that go in many at once are the rows that were given, all of them or none."""

import sqlite3
from pathlib import Path

import pytest

from doorctl.database import insert_rows, open_writer, transaction

INTO = "things (shelf, number, name)"


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    opened = open_writer(tmp_path / "things.db")
    opened.execute("CREATE TABLE things (shelf TEXT, number INTEGER UNIQUE, name TEXT) STRICT")
    return opened


@pytest.mark.parametrize("count", [0, 1, 2, 7, 64, 65, 130])
def test_any_number_of_rows_goes_in_in_order(connection: sqlite3.Connection, count: int) -> None:
    rows = [(number, f"thing {number}") for number in range(count)]

    insert_rows(connection, INTO, ("top",), rows)

    assert connection.execute("SELECT * FROM things ORDER BY rowid").fetchall() == [("top", *row) for row in rows]


def test_rows_that_share_nothing_go_in(connection: sqlite3.Connection) -> None:
    insert_rows(connection, INTO, (), [("top", 1, None), ("low", 2, "two")])

    assert connection.execute("SELECT * FROM things").fetchall() == [("top", 1, None), ("low", 2, "two")]


def test_of_rows_that_do_not_all_go_in_none_stays(connection: sqlite3.Connection) -> None:
    rows = [(number % 9, "thing") for number in range(10)]

    with pytest.raises(sqlite3.IntegrityError), transaction(connection):
        insert_rows(connection, INTO, ("top",), rows)

    assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)
