"""The tables of a policy, made and migrated by sqlite-utils; only a policy's writer imports this."""

import sqlite3

from sqlite_utils import Database, Migrations

from doorctl.database import run_statements
from doorctl.policy.gathered import begin_gathering

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


_CREDENTIAL_LIMITS = """
CREATE TABLE credential_limits (
    "key" BLOB PRIMARY KEY,
    holder TEXT NOT NULL REFERENCES holders (id),
    id TEXT NOT NULL,
    since INTEGER NOT NULL,
    uses INTEGER,
    first_use_seconds INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_limits_by_holder ON credential_limits (holder);
"""


@_policy()
def m005_credential_limits(database: Database) -> None:
    """Create the table of the limits of cards."""
    run_statements(database.conn, _CREDENTIAL_LIMITS)


_DOOR_MODES = """
CREATE TABLE door_modes (
    door TEXT PRIMARY KEY REFERENCES doors (id),
    zone TEXT NOT NULL REFERENCES zones (id),
    mode TEXT NOT NULL,
    times TEXT NOT NULL,
    office_group TEXT REFERENCES groups (id)
) STRICT;
CREATE TABLE door_overrides (
    door TEXT PRIMARY KEY REFERENCES doors (id),
    zone TEXT NOT NULL REFERENCES zones (id),
    mode TEXT NOT NULL,
    valid_until INTEGER
) STRICT;
"""


@_policy()
def m006_door_modes(database: Database) -> None:
    """Create the tables of the modes of doors, of feature level 5."""
    run_statements(database.conn, _DOOR_MODES)


_OCCUPANCY = """
CREATE TABLE zone_occupancies (
    zone TEXT PRIMARY KEY REFERENCES zones (id),
    within TEXT REFERENCES zones (id),
    passback TEXT NOT NULL,
    passback_seconds INTEGER NOT NULL,
    most INTEGER,
    least INTEGER NOT NULL,
    reset_at TEXT
) STRICT;
CREATE TABLE passback_resets (
    holder TEXT NOT NULL,
    zone TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (holder, zone)
) STRICT, WITHOUT ROWID;
"""


@_policy()
def m007_occupancy(database: Database) -> None:
    """Create the tables of feature level 5 about who is inside."""
    run_statements(database.conn, _OCCUPANCY)


_VISITORS = """
CREATE TABLE zone_escorts (
    zone TEXT PRIMARY KEY REFERENCES zones (id),
    alone INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    most INTEGER NOT NULL,
    per_seconds INTEGER NOT NULL,
    "group" TEXT REFERENCES groups (id)
) STRICT;
CREATE TABLE visitors (
    holder TEXT PRIMARY KEY REFERENCES holders (id),
    escort TEXT,
    escort_group TEXT REFERENCES groups (id),
    sponsor TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX visitors_by_sponsor ON visitors (sponsor) WHERE sponsor IS NOT NULL;
CREATE TABLE sponsors (
    holder TEXT PRIMARY KEY REFERENCES holders (id),
    zones TEXT NOT NULL,
    many INTEGER NOT NULL,
    seconds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


@_policy()
def m008_visitors(database: Database) -> None:
    """Create the tables about visitors of feature level 5."""
    run_statements(database.conn, _VISITORS)


_HOLDER_TIMES = """
CREATE TABLE holder_times (
    holder TEXT PRIMARY KEY REFERENCES holders (id),
    release_seconds INTEGER,
    held_open_seconds INTEGER
) STRICT, WITHOUT ROWID;
"""


@_policy()
def m009_holder_times(database: Database) -> None:
    """Create the table of the times that holders need."""
    run_statements(database.conn, _HOLDER_TIMES)


_CLASSES_AND_THREATS = """
CREATE TABLE zone_classes (
    zone TEXT PRIMARY KEY REFERENCES zones (id),
    reader_classes TEXT NOT NULL,
    card_classes TEXT NOT NULL
) STRICT;
CREATE TABLE credential_classes (
    "key" BLOB PRIMARY KEY REFERENCES credentials ("key"),
    holder TEXT NOT NULL REFERENCES holders (id),
    card_class TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_classes_by_holder ON credential_classes (holder);
CREATE TABLE threats (id TEXT PRIMARY KEY, threat INTEGER NOT NULL) STRICT;
CREATE TABLE zone_threats (
    zone TEXT NOT NULL REFERENCES zones (id),
    threat INTEGER NOT NULL,
    factor TEXT NOT NULL,
    clearance INTEGER NOT NULL,
    PRIMARY KEY (zone, threat)
) STRICT;
CREATE TABLE clearances (
    holder TEXT PRIMARY KEY REFERENCES holders (id),
    clearance INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


@_policy()
def m010_classes_and_threats(database: Database) -> None:
    """Create the tables of feature level 5 for classes of readers and cards, threat levels and clearances."""
    run_statements(database.conn, _CLASSES_AND_THREATS)


_PIN_CODES = """
CREATE TABLE pin_codes (
    holder TEXT PRIMARY KEY REFERENCES holders (id),
    ring_keys INTEGER NOT NULL,
    "key" BLOB NOT NULL,
    valid_until INTEGER NOT NULL,
    digits INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


@_policy()
def m011_pin_codes(database: Database) -> None:
    """Create the table of codes for own PINs, of feature level 5."""
    run_statements(database.conn, _PIN_CODES)


_TRAININGS = """
CREATE TABLE zone_trainings (
    zone TEXT NOT NULL REFERENCES zones (id),
    course TEXT NOT NULL,
    within_days INTEGER NOT NULL,
    PRIMARY KEY (zone, course)
) STRICT, WITHOUT ROWID;
CREATE TABLE trainings (
    holder TEXT NOT NULL REFERENCES holders (id),
    course TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (holder, course)
) STRICT, WITHOUT ROWID;
"""


@_policy()
def m012_trainings(database: Database) -> None:
    """Create the tables about training."""
    run_statements(database.conn, _TRAININGS)


@_policy()
def m013_gathered(database: Database) -> None:
    """Gather what other tables say of holders and cards in their own rows."""
    begin_gathering(database.conn)


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
