"""A site.db from before: its openings get parts, and its logs the nodes of their trees."""

import sqlite3

from doorctl.audit.tree import Tree, leaf_hash, node_hash
from doorctl.hub.log_schema import make_log_tables
from doorctl.hub.log_store import LogId, nodes_of

_BEFORE = """
CREATE TABLE records (position INTEGER PRIMARY KEY, controller, log_epoch, seq, leaf);
CREATE TABLE log_heads (controller, log_epoch);
CREATE TABLE openings (controller, log_epoch, seq, salt, subject);
CREATE INDEX openings_by_subject ON openings (subject);
INSERT INTO log_heads VALUES ('pi-1', 1), ('pi-1', 2);
INSERT INTO openings VALUES ('pi-1', 1, 0, x'5a', 'holder:h1');
"""


def a_database(records: int) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(_BEFORE)
    rows = ((seq, leaf(seq)) for seq in range(records))
    connection.executemany("INSERT INTO records VALUES (NULL, 'pi-1', 1, ?, ?)", rows)
    return connection


def leaf(seq: int) -> bytes:
    return b"%d" % seq


def test_openings_keep_what_they_say_and_their_index() -> None:
    connection = a_database(0)

    make_log_tables(connection)

    rows = connection.execute("SELECT * FROM openings WHERE subject = 'holder:h1'").fetchall()
    assert rows == [("pi-1", 1, 0, 0, b"Z", "holder:h1", None)]
    assert connection.execute("SELECT tbl_name FROM sqlite_schema WHERE name = 'openings_by_subject'").fetchall()


def test_logs_that_are_held_get_their_nodes() -> None:
    connection = a_database(4096 + 300)

    make_log_tables(connection)

    tree = Tree()
    for seq in range(256):
        tree = tree.append(leaf(seq))
    node = nodes_of(connection, LogId("pi-1", 1))
    assert node(8, 0) == tree.root
    assert node(1, 2100) == node_hash(leaf_hash(leaf(4200)), leaf_hash(leaf(4201)))
    assert connection.execute("SELECT count(*), max(place) FROM log_nodes").fetchone() == (17, 16)
