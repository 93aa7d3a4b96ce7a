"""A person is erased from a log: no byte of their openings is left in its files, and the log still verifies."""

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.audit.anchor import LogMark
from doorctl.audit.erasure import MARGIN_ROWS, SLICE_RECORDS, erase_openings
from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog
from doorctl.audit.occupancy import Entered, Forgotten
from doorctl.audit.quota import Quota
from doorctl.audit.segments import SEGMENT_RECORDS
from doorctl.audit.state import Brought, Erased, ModeKept, UseKept, WrongPinsKept
from doorctl.database import open_reader, open_writer
from doorctl.errors import AuditUnavailable
from tests.audit.logs import a_draft, a_log, damage, files_with, refusing_writes, stored, stored_from

OF_NOBODY = {
    *("_sqlite_migrations.migration_set", "_sqlite_migrations.name", "_sqlite_migrations.applied_at"),
    *("log.frontier", "log.root", "log.checkpoint", "log.before", "records.leaf", "records.checkpoint"),
    *("openings.salt", "state_configs.sha256", "state_hub.root", "state_modes.door"),
    *("state_modes.by", "state_modes.mode", "state_occupancy.zone", "state_orders.id", "state_orders.outcome"),
    *("state_orders.reason", "state_passback_resets.zone", "state_rosters.sha256", "state_rosters.zone"),
    *("state_uses.limits",),
}
"""Columns of an audit.db that hold random numbers, hashes, words, places and orders."""
ADA, GRACE, STRANGER = f"holder:{'ad' * 8}", f"holder:{'9a' * 8}", f"credential:{'57' * 32}"


def erase(log: AuditLog, whom: str = ADA) -> int:
    """Erase somebody; return in how many steps."""
    return len(list(log.erase(whom.removeprefix("holder:"))))


def records(count: int = 6) -> list[Draft]:
    """Records in turn about Ada, Grace and a card that is nobody's."""
    return [a_draft(subject=(ADA, GRACE, STRANGER)[number % 3]) for number in range(count)]


def subjects(path: Path) -> list[str]:
    return [opening.subject for opening in stored(path).openings]


def salts(path: Path, subject: str) -> list[bytes]:
    return [opening.salt for opening in stored(path).openings if opening.subject == subject]


def test_a_person_and_unknown_cards_are_erased_and_nobody_else(log: AuditLog, path: Path) -> None:
    log.append(records())
    before = stored(path)
    erase(log)

    assert subjects(path) == [GRACE, GRACE]
    assert stored(path).raw == before.raw


def test_a_pin_that_they_set_at_a_reader_goes_with_them(log: AuditLog, path: Path) -> None:
    hashes = "1:4:" + "ab" * 32 + ":" + "cd" * 32
    log.append([a_draft(subject=f"{whom}:own-pin:{hashes}") for whom in (ADA, f"{ADA}0", GRACE)])
    erase(log)

    assert subjects(path) == [f"{whom}:own-pin:{hashes}" for whom in (f"{ADA}0", GRACE)]
    assert files_with(path.parent, f"{ADA}:own-pin".encode()) == []


def test_no_byte_of_it_is_left_in_any_file(log: AuditLog, path: Path) -> None:
    for _ in range(20):
        log.append(records(40))
    theirs = [*salts(path, ADA), *salts(path, STRANGER)]
    erase(log)

    assert path.with_name("audit.db-wal").exists()
    assert files_with(path.parent, ADA.encode(), STRANGER.encode(), *theirs) == []


def test_no_byte_is_left_where_others_were_erased_and_segments_have_gone(log: AuditLog, path: Path) -> None:
    chance = random.Random(1)
    people = [f"holder:{chance.getrandbits(64):016x}" for _ in range(12)]
    for _ in range(2 * SEGMENT_RECORDS // 200 + 4):
        log.append([a_draft(subject=chance.choice(people)) for _ in range(200)])
    log.hub_holds(LogMark(stored(path).epoch, 2 * SEGMENT_RECORDS, b"any"))
    for whom in people[:6]:
        erase(log, whom)
    for _ in range(2):
        log.retire(datetime.now(UTC) + timedelta(days=31))
    for whom in people[6:]:
        erase(log, whom)

    assert stored_from(path).first == 2 * SEGMENT_RECORDS
    assert [whom for whom in people if files_with(path.parent, whom.encode())] == []
    with closing(open_reader(path)) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM openings WHERE seq < ?", (2 * SEGMENT_RECORDS,)).fetchone()
    assert kept == MARGIN_ROWS + 1


def test_a_long_log_is_erased_in_short_steps(log: AuditLog, path: Path) -> None:
    log.append(records(3))
    with closing(open_writer(path)) as other:
        other.execute("INSERT INTO openings VALUES (?, x'00', ?)", (5 * SLICE_RECORDS, ADA))

    assert erase(log) == 5
    assert files_with(path.parent, ADA.encode()) == []


def test_what_is_written_while_it_is_erased_is_erased_too(log: AuditLog, path: Path) -> None:
    log.append(records(3))
    steps = log.erase(ADA.removeprefix("holder:"))
    next(steps)
    log.append([a_draft(subject=ADA)] * (SLICE_RECORDS + 1))
    list(steps)

    assert files_with(path.parent, ADA.encode()) == []


def test_a_reader_in_the_way_is_waited_for_in_steps(log: AuditLog, path: Path) -> None:
    log.append(records())
    with closing(open_reader(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM openings").fetchone()
        with closing(open_writer(path)) as writer:
            steps = erase_openings(writer, ADA.removeprefix("holder:"))
            pauses = [next(steps) for _ in range(3)]
            reader.execute("COMMIT")
            rest = list(steps)

    assert pauses == [0.0, 1.0, 1.0]
    assert rest == []
    assert files_with(path.parent, ADA.encode()) == []


def test_logs_that_were_put_aside_are_erased_too(log: AuditLog, path: Path) -> None:
    log.append(records())
    log.close()
    damage(path, "UPDATE log SET root = zeroblob(32)")
    log.append(records())
    (aside,) = path.parent.glob("audit.db.broken-*[0-9]")
    erase(log)

    assert files_with(path.parent, ADA.encode()) == []
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone() == (7,)


def remembered_of_ada() -> Draft:
    """A record with which all is remembered that leads to Ada or to her card."""
    holder, card = ADA.removeprefix("holder:"), "5a17" * 16
    return replace(
        a_draft(subject=ADA),
        remembered=(
            Forgotten(holder, ("vault",), 1, 1, (holder, "vault", 1)),
            Entered(holder, "vault", 1),
            Brought(holder, "visitor", 1),
            Brought("escort", holder, 1),
            ModeKept("door-1", "office", "holder", True, None, holder, card, 1),
            UseKept("limits", holder, 1, 1),
            WrongPinsKept({f"credential:{card}": (2.0, 1)}),
        ),
    )


def columns_leading_to(path: Path, *traces: str) -> set[str]:
    """Name the columns of an audit.db, as table.column, that hold one of these texts."""
    with closing(open_reader(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            f"{table}.{column}"
            for table in tables
            for column in columns_of(connection, table)
            for (value,) in connection.execute(f'SELECT "{column}" FROM "{table}"')
            if any(trace in str(value) for trace in traces)
        }


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    rows = connection.execute("SELECT name FROM pragma_table_info(?) WHERE type IN ('TEXT', 'BLOB', 'ANY')", (table,))
    return [name for (name,) in rows]


def test_every_column_of_a_log_leads_to_nobody_or_is_wiped(log: AuditLog, path: Path) -> None:
    """One that is new is to be listed: what is remembered of people goes with them, and a record has told it."""
    holder = ADA.removeprefix("holder:")
    log.append([remembered_of_ada()])
    with closing(open_reader(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        could_lead = {f"{table}.{name}" for table in tables for name in columns_of(connection, table)} - OF_NOBODY
    leading = columns_leading_to(path, holder, "5a17" * 16)
    erase(log)
    log.append([replace(a_draft(), remembered=(Erased(holder),))])

    assert could_lead - leading == {"state_erased.holder"}
    assert columns_leading_to(path, holder, "5a17" * 16) == {"state_erased.holder"}


@pytest.mark.parametrize("put_aside", [False, True])
def test_what_is_remembered_of_them_goes_too(log: AuditLog, path: Path, put_aside: bool) -> None:
    log.append([remembered_of_ada()])
    if put_aside:
        log.close()
        damage(path, "UPDATE log SET root = zeroblob(32)")
        log.append(records())
    traces = [ADA.removeprefix("holder:").encode(), b"5a17" * 16]
    before = files_with(path.parent, *traces)
    erase(log)

    assert before
    assert files_with(path.parent, *traces) == []


def test_a_log_put_aside_from_before_there_was_anything_to_remember_is_kept(log: AuditLog, path: Path) -> None:
    log.append(records())
    log.close()
    damage(path, "DROP TABLE state_occupancy")
    damage(path, "UPDATE log SET root = zeroblob(32)")
    log.append(records())
    (aside,) = path.parent.glob("audit.db.broken-*[0-9]")
    erase(log)

    assert aside.exists()
    assert files_with(path.parent, ADA.encode()) == []


@pytest.mark.parametrize("content", [b"no database: " + ADA.encode(), b"SQLite format 3\0" + ADA.encode() * 400])
def test_a_log_put_aside_that_cannot_be_erased_from_is_removed(
    log: AuditLog, path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    aside = path.with_name(f"{path.name}.broken-1")
    aside.write_bytes(content)
    other = path.with_name(f"{path.name}.broken-2")
    other.write_bytes(b"no database, nor anybody")
    log.append(records())
    erase(log)

    assert (aside.exists(), other.exists()) == (False, True)
    assert "event=put_aside_log_removed file=audit.db.broken-1" in capfd.readouterr().err


def test_an_erasure_that_fails_says_so_and_may_be_tried_again(log: AuditLog, path: Path) -> None:
    log.append(records())
    with refusing_writes(path), pytest.raises(AuditUnavailable):
        erase(log)
    erase(log)

    assert subjects(path) == [GRACE, GRACE]


def test_an_erasure_never_goes_on_with_a_handle_that_failed(log: AuditLog, path: Path) -> None:
    log.append(records(3))
    with closing(open_writer(path)) as other:
        other.execute("INSERT INTO openings VALUES (?, x'00', ?)", (SLICE_RECORDS + 1, ADA))
    steps = log.erase(ADA.removeprefix("holder:"))
    next(steps)
    with refusing_writes(path), pytest.raises(AuditUnavailable):
        log.append([a_draft()])

    with pytest.raises(AuditUnavailable, match="opened anew"):
        next(steps)


def test_a_person_is_erased_from_a_full_log_too(path: Path) -> None:
    with closing(a_log(path, quota=Quota(records=7))) as log:
        log.append(records())
        erase(log)

    assert subjects(path) == [GRACE, GRACE]


def test_an_erasure_before_the_first_record_opens_the_log(path: Path) -> None:
    with closing(a_log(path)) as log:
        log.append(records())
    with closing(a_log(path)) as log:
        erase(log)

    assert subjects(path) == [GRACE, GRACE]
