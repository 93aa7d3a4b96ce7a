"""The tables of a policy, made and migrated by sqlite-utils; only a policy's writer imports this."""

import sqlite3

from sqlite_utils import Database, Migrations

from doorctl.database import run_statements

_policy = Migrations("policy")

_TABLES = """
CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    site TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    chain BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE TABLE sites (id TEXT PRIMARY KEY, timezone TEXT NOT NULL) STRICT;
CREATE TABLE zones (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    on_audit_failure TEXT NOT NULL,
    max_age_seconds INTEGER
) STRICT;
CREATE TABLE doors (id TEXT PRIMARY KEY, zone TEXT NOT NULL REFERENCES zones (id)) STRICT;
CREATE INDEX doors_by_zone ON doors (zone);
CREATE TABLE holders (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    valid_from INTEGER,
    valid_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE groups (id TEXT PRIMARY KEY) STRICT;
CREATE TABLE members (
    holder TEXT NOT NULL REFERENCES holders (id),
    "group" TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (holder, "group")
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_group ON members ("group");
CREATE TABLE credentials (
    "key" BLOB PRIMARY KEY,
    holder TEXT NOT NULL REFERENCES holders (id),
    status TEXT NOT NULL,
    valid_from INTEGER,
    valid_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_by_holder ON credentials (holder);
CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    windows TEXT NOT NULL,
    holidays TEXT NOT NULL
) STRICT;
CREATE TABLE holidays (date TEXT PRIMARY KEY) STRICT;
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    zone TEXT NOT NULL REFERENCES zones (id),
    holder TEXT REFERENCES holders (id),
    "group" TEXT REFERENCES groups (id),
    schedule TEXT REFERENCES schedules (id),
    valid_from INTEGER,
    valid_until INTEGER,
    CHECK ((holder IS NULL) <> ("group" IS NULL))
) STRICT;
CREATE INDEX grants_by_holder ON grants (holder, zone) WHERE holder IS NOT NULL;
CREATE INDEX grants_by_group ON grants ("group", zone) WHERE "group" IS NOT NULL;
CREATE INDEX grants_by_zone ON grants (zone);
CREATE INDEX grants_by_schedule ON grants (schedule) WHERE schedule IS NOT NULL;
"""


@_policy()
def m001_rows_and_position(database: Database) -> None:
    """Create the tables of the first version."""
    run_statements(database.conn, _TABLES)


_RULES = """
CREATE TABLE zone_rules (
    zone TEXT PRIMARY KEY REFERENCES zones (id),
    approvals INTEGER NOT NULL,
    strict INTEGER NOT NULL,
    break_glass TEXT REFERENCES groups (id),
    mechanical_key INTEGER NOT NULL,
    grace_after_boot_seconds INTEGER
) STRICT;
CREATE TABLE rosters (zone TEXT PRIMARY KEY REFERENCES zones (id), note TEXT NOT NULL) STRICT;
CREATE TABLE lockdowns (scope TEXT PRIMARY KEY) STRICT;
CREATE TABLE suspended_admins (id TEXT PRIMARY KEY) STRICT;
CREATE TABLE card_rings (id TEXT PRIMARY KEY, "keys" INTEGER NOT NULL) STRICT;
CREATE TABLE withheld_changes (
    revision INTEGER PRIMARY KEY,
    needs INTEGER NOT NULL,
    zones TEXT NOT NULL,
    change BLOB NOT NULL
) STRICT;
"""


@_policy()
def m002_rules_and_withheld_changes(database: Database) -> None:
    """Create the tables of feature level 2, and a place for changes of levels above ours."""
    run_statements(database.conn, _RULES)


@_policy()
def m003_erasures(database: Database) -> None:
    """Create the table of feature level 3."""
    run_statements(database.conn, "CREATE TABLE erasures (holder TEXT PRIMARY KEY) STRICT;")


_FACTORS = """
CREATE TABLE zone_factors (
    zone TEXT PRIMARY KEY REFERENCES zones (id),
    factor TEXT NOT NULL,
    times TEXT NOT NULL,
    pin_tries INTEGER NOT NULL,
    pin_block_seconds INTEGER NOT NULL,
    persons INTEGER NOT NULL,
    persons_seconds INTEGER NOT NULL,
    persons_group TEXT REFERENCES groups (id)
) STRICT;
CREATE TABLE pins (
    holder TEXT PRIMARY KEY REFERENCES holders (id),
    ring_keys INTEGER NOT NULL,
    "key" BLOB NOT NULL,
    duress BLOB,
    alone BLOB,
    alone_duress BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX pins_alone ON pins (alone) WHERE alone IS NOT NULL;
CREATE UNIQUE INDEX pins_alone_duress ON pins (alone_duress) WHERE alone_duress IS NOT NULL;
"""


@_policy()
def m004_factors(database: Database) -> None:
    """Create the tables of feature level 4."""
    run_statements(database.conn, _FACTORS)


def migrate(connection: sqlite3.Connection, *, site: str) -> None:
    """Bring the policy tables up to date; a new policy is empty, at epoch 0, revision 0. Raises sqlite3.Error.

    What is up to date is not written to: another process may hold the file, or the disk be full.
    """
    _policy.apply(Database(connection))
    if connection.execute("SELECT 1 FROM position").fetchone() is None:
        connection.execute(
            "INSERT INTO position (id, site, epoch, revision, chain, digest) VALUES (1, ?, 0, 0, ?, ?)",
            (site, bytes(32), bytes(32)),
        )
