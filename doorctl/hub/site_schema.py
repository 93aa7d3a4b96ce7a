"""The hub's own tables in site.db, beside those of the policy; personal names stand here and nowhere else."""

import sqlite3

from sqlite_utils import Database, Migrations

from doorctl.database import run_statements
from doorctl.hub.alerts.schema import (
    forget_whom_no_record_leads_to,
    make_alert_tables,
    make_input_troubles,
    make_pulse_bands,
)
from doorctl.hub.erasure.schema import make_erasure_tables
from doorctl.hub.exports.schema import make_export_tables
from doorctl.hub.given_schema import make_given_tables
from doorctl.hub.log_schema import make_log_tables
from doorctl.hub.occupancy import make_whereabouts, make_whereabouts_resets
from doorctl.hub.own_pins.schema import make_own_pin_tables, make_pin_lengths
from doorctl.hub.report_schema import make_report_tables
from doorctl.hub.retention_schema import index_clock_steps, make_arrivals, make_retention_tables
from doorctl.hub.visits_schema import make_badge_tables, make_delegates, make_host_keys

_hub = Migrations("hub")
# Migrations run in the order in which they stand here. Their names stand in every site.db, so they stay as they are,
# even where three begin with m002: one with another name would run again.

_TABLES = """
CREATE TABLE changes (
    revision INTEGER PRIMARY KEY,
    change BLOB NOT NULL,
    chain BLOB NOT NULL
) STRICT;
CREATE TABLE commands (
    admin TEXT NOT NULL,
    id TEXT NOT NULL,
    expires INTEGER NOT NULL,
    answer BLOB NOT NULL,
    revision INTEGER,
    PRIMARY KEY (admin, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_by_expiry ON commands (expires);
CREATE TABLE forgotten_commands (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    newest_expiry INTEGER NOT NULL
) STRICT;
INSERT INTO forgotten_commands (id, newest_expiry) VALUES (1, 0);
CREATE TABLE people (
    holder TEXT PRIMARY KEY,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    removed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX people_by_handle ON people (handle) WHERE removed_at IS NULL;
CREATE TABLE cards (
    "key" BLOB PRIMARY KEY REFERENCES credentials ("key") ON DELETE CASCADE,
    format TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE log_heads (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    checkpoint BLOB NOT NULL,
    PRIMARY KEY (controller, log_epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    door TEXT NOT NULL,
    zone TEXT NOT NULL,
    outcome TEXT,
    UNIQUE (controller, log_epoch, seq)
) STRICT;
CREATE TABLE openings (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    salt BLOB NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (controller, log_epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX openings_by_subject ON openings (subject);
"""


@_hub()
def m001_first_tables(database: Database) -> None:
    """Create the tables of the first version."""
    run_statements(database.conn, _TABLES)


_MEMORY = """
CREATE TABLE presences (controller TEXT PRIMARY KEY, presence BLOB NOT NULL) STRICT;
CREATE TABLE asked_nonces (
    position INTEGER PRIMARY KEY,
    controller TEXT NOT NULL,
    nonce TEXT NOT NULL
) STRICT;
CREATE TABLE known_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    chain TEXT NOT NULL
) STRICT;
CREATE TABLE forks (revision INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE kept_reductions (
    position INTEGER PRIMARY KEY,
    admin TEXT NOT NULL,
    payload BLOB NOT NULL UNIQUE,
    at INTEGER NOT NULL
) STRICT;
"""


@_hub()
def m002_controllers_and_lost_changes(database: Database) -> None:
    """Create what is remembered of controllers, and of changes that this hub has lost or must wait with."""
    run_statements(database.conn, _MEMORY)


@_hub()
def m002_plan_parts(database: Database) -> None:
    """Create the place where the parts of a plan wait."""
    run_statements(
        database.conn,
        """
        CREATE TABLE plan_parts (
            admin TEXT NOT NULL,
            plan TEXT NOT NULL,
            number INTEGER NOT NULL,
            part BLOB NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (admin, plan, number)
        ) STRICT;
        """,
    )


@_hub()
def m002_given_commands_and_waiting_requests(database: Database) -> None:
    """Create what is remembered of admins' commands, and the place where some wait for a second admin."""
    make_given_tables(database.conn)


_KEPT_BY_COMMAND = """
CREATE TABLE kept_by_command (
    position INTEGER PRIMARY KEY,
    admin TEXT NOT NULL,
    command TEXT NOT NULL,
    payload BLOB NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (admin, command)
) STRICT;
INSERT INTO kept_by_command SELECT position, admin, 'at-' || position, payload, at FROM kept_reductions;
DROP TABLE kept_reductions;
ALTER TABLE kept_by_command RENAME TO kept_reductions;
"""


@_hub()
def m003_kept_reductions_by_command(database: Database) -> None:
    """Keep a reduction once by its admin and id, whatever lies beside its note."""
    run_statements(database.conn, _KEPT_BY_COMMAND)


@_hub()
def m004_claims(database: Database) -> None:
    """Create what is remembered of controllers that say they know more, and have not shown it."""
    run_statements(
        database.conn,
        "CREATE TABLE claims ("
        "controller TEXT PRIMARY KEY, epoch INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    )


@_hub()
def m005_claims_that_are_true(database: Database) -> None:
    """Remember of a claim that changes have come back since, so that it is taken for true."""
    run_statements(database.conn, "ALTER TABLE claims ADD COLUMN is_true INTEGER NOT NULL DEFAULT 0;")


_PLACE_CHANGES = """
CREATE TABLE place_changes (place TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO place_changes
SELECT json_extract(operation.value, '$.row.id'), max(revision)
FROM changes, json_each(CAST(change AS TEXT), '$.operations') AS operation
WHERE json_extract(operation.value, '$.row.type') IN ('zone', 'door')
GROUP BY 1;
"""


@_hub()
def m006_place_changes(database: Database) -> None:
    """Remember which change spoke of a zone or a door last: it is asked for each controller that is missing."""
    run_statements(database.conn, _PLACE_CHANGES)


@_hub()
def m007_logs(database: Database) -> None:
    """Give openings their parts, and logs their nodes, cosignatures, alarms and the history of trust."""
    make_log_tables(database.conn)


@_hub()
def m008_digests_of_given_commands(database: Database) -> None:
    """Remember what each command said, by its hash: an id means one command."""
    run_statements(database.conn, "ALTER TABLE given_commands ADD COLUMN digest BLOB NOT NULL DEFAULT x'';")


@_hub()
def m009_what_kept_reductions_hold(database: Database) -> None:
    """Keep a reduction with its opened private part, and with the admin or the zones that it stops meanwhile."""
    run_statements(
        database.conn,
        "ALTER TABLE kept_reductions ADD COLUMN private BLOB;"
        "ALTER TABLE kept_reductions ADD COLUMN suspends TEXT;"
        "ALTER TABLE kept_reductions ADD COLUMN locks TEXT;",
    )


@_hub()
def m010_exports(database: Database) -> None:
    """Remember what was taken out, by whom, and of the newest proofs how long every log was."""
    make_export_tables(database.conn)


@_hub()
def m011_erased_people(database: Database) -> None:
    """Remember who was erased, and let no opening of theirs come back."""
    make_erasure_tables(database.conn)


@_hub()
def m012_reports(database: Database) -> None:
    """Remember what the site allows in reports, and access reviews."""
    make_report_tables(database.conn)


@_hub()
def m013_retention(database: Database) -> None:
    """Keep the rules of retention, and what is left of records that went by them."""
    make_retention_tables(database.conn)


@_hub()
def m013_alerts(database: Database) -> None:
    """Make what the watch remembers, and the alerts that it raises."""
    make_alert_tables(database.conn)


@_hub()
def m014_arrivals(database: Database) -> None:
    """Remember when records came, by the hub's clock."""
    make_arrivals(database.conn)


@_hub()
def m015_pulse_bands(database: Database) -> None:
    """Remember how the pulses of each reader usually look."""
    make_pulse_bands(database.conn)


@_hub()
def m016_whom_no_record_leads_to(database: Database) -> None:
    """Let alerts forget, too, whom nothing but acts of admins led to last."""
    forget_whom_no_record_leads_to(database.conn)


@_hub()
def m017_clock_steps(database: Database) -> None:
    """Find the steps of the clock in a log of any length."""
    index_clock_steps(database.conn)


@_hub()
def m018_pin_lengths(database: Database) -> None:
    """Remember how many digits PINs have, so that those which count without a card stay hard to hit."""
    make_pin_lengths(database.conn)


@_hub()
def m019_input_troubles(database: Database) -> None:
    """Remember which inputs of controllers are in trouble."""
    make_input_troubles(database.conn)


@_hub()
def m020_badges(database: Database) -> None:
    """Remember which badges visitors have, and since when."""
    make_badge_tables(database.conn)


@_hub()
def m021_own_pins(database: Database) -> None:
    """Keep codes for own PINs, and the PINs that come by them."""
    make_own_pin_tables(database.conn)


@_hub()
def m022_whereabouts(database: Database) -> None:
    """Remember who is inside, by each controller's count."""
    make_whereabouts(database.conn)


@_hub()
def m023_whereabouts_resets(database: Database) -> None:
    """Remember when each controller has forgotten where people are."""
    make_whereabouts_resets(database.conn)


@_hub()
def m024_host_keys(database: Database) -> None:
    """Remember whose the keys of hosts are."""
    make_host_keys(database.conn)


@_hub()
def m025_delegates(database: Database) -> None:
    """Remember who invites in whose name, and until when."""
    make_delegates(database.conn)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the hub's tables up to date; those of the policy come first. Raises sqlite3.Error."""
    _hub.apply(Database(connection))
