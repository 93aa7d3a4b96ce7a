"""The keeper's policy.db: whatever it finds there, it ends with a policy that it can write and the door can read."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from doorctl.core.model import AccessRequest, Weekday
from doorctl.database import open_writer
from doorctl.errors import PolicyUnavailable, Refused
from doorctl.keeper.policy_files import BROKEN_NAME, LINK_NAME
from doorctl.keeper.policy_store import (
    CHECK_SECONDS,
    IDLE_SECONDS,
    RETRY_SECONDS,
    PolicyStore,
)
from doorctl.keeper.row_check import ROWS_PER_STEP
from doorctl.policy.apply import chain_after
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import GroupRow, ScheduleRow, WindowRow
from doorctl.policy.schema import migrate
from doorctl.wire.messages import Change, Drop, Put
from tests.full_disk import full_disk
from tests.keeper.site import SITE, ASite

_NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)


def filled(store: PolicyStore, site: ASite) -> PolicyStore:
    store.apply(site.changes, epoch=1, chain=site.chains[-1].hex(), now=0)
    return store


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_without_a_policy_an_empty_one_begins(tmp_path: Path) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert (store.position.site, store.position.epoch, store.position.revision) == (SITE, 0, 0)
    assert names(tmp_path) == {LINK_NAME, str((tmp_path / LINK_NAME).readlink())}


def test_the_door_reads_each_revision_as_it_is_committed(tmp_path: Path) -> None:
    site = ASite(revisions=2)
    reader = PolicyReader(tmp_path / LINK_NAME)
    with closing(PolicyStore(tmp_path, SITE)) as store, closing(reader):
        store.confirm()
        before = reader.position()
        filled(store, site)
        after = reader.position()

    assert (before and before.revision, after and after.revision) == (0, 2)


def a_text_file(folder: Path) -> None:
    (folder / LINK_NAME).write_text("this is not a database\n" * 100)


def a_link_to_a_text_file(folder: Path) -> None:
    (folder / "policy-0.db").write_text("this is not a database\n" * 100)
    (folder / LINK_NAME).symlink_to("policy-0.db")


def a_link_to_nothing(folder: Path) -> None:
    (folder / LINK_NAME).symlink_to("policy-0.db")
    (folder / "policy-0.db-wal").write_bytes(b"stale")


def a_link_to_itself(folder: Path) -> None:
    (folder / LINK_NAME).symlink_to(LINK_NAME)


def an_empty_file(folder: Path) -> None:
    (folder / LINK_NAME).touch()


def another_site_s(folder: Path) -> None:
    with closing(open_writer(folder / "policy-0.db")) as connection:
        migrate(connection, site="annex")
    (folder / LINK_NAME).symlink_to("policy-0.db")


def ruined_pages(folder: Path) -> None:
    with closing(PolicyStore(folder, SITE)) as store:
        filled(store, ASite(revisions=20))
    path = folder / (folder / LINK_NAME).readlink()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))


@pytest.mark.parametrize(
    "ruin",
    [
        a_text_file,
        a_link_to_a_text_file,
        a_link_to_nothing,
        a_link_to_itself,
        an_empty_file,
        another_site_s,
        ruined_pages,
    ],
)
def test_what_is_no_policy_is_replaced_by_an_empty_one(tmp_path: Path, ruin: Callable[[Path], None]) -> None:
    ruin(tmp_path)
    site = ASite(revisions=3)

    with closing(PolicyStore(tmp_path, SITE)) as store:
        began = store.position
        filled(store, site)

        assert (began.site, began.revision, store.position.digest_hex) == (SITE, 0, site.digests[3])
    assert names(tmp_path) - {BROKEN_NAME} == {LINK_NAME, str((tmp_path / LINK_NAME).readlink())}


def test_what_was_broken_is_kept_aside_and_only_the_latest(tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / LINK_NAME).unlink(missing_ok=True)
        (tmp_path / LINK_NAME).write_text(text * 1000)
        PolicyStore(tmp_path, SITE).close()

    assert (tmp_path / BROKEN_NAME).read_text() == "second" * 1000


def test_a_file_that_is_ruined_while_in_use_is_replaced(tmp_path: Path) -> None:
    site = ASite(revisions=200)
    with closing(PolicyStore(tmp_path, SITE)) as store:
        filled(store, site)
        store.tick(IDLE_SECONDS)
    with closing(PolicyStore(tmp_path, SITE)) as store:
        path = tmp_path / (tmp_path / LINK_NAME).readlink()
        site.change(group="group-next")
        with closing(sqlite3.connect(path)) as other:
            (root,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'groups'").fetchone()
        with path.open("r+b") as file:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)

        with pytest.raises(PolicyUnavailable):
            store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=0)

        assert store.position.revision == 0
        filled(store, site)
        assert store.position.digest_hex == site.digests[-1]


def test_commits_move_into_the_file_when_it_is_quiet(tmp_path: Path) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        path = tmp_path / (tmp_path / LINK_NAME).readlink()
        filled(store, ASite(revisions=1))

        store.tick(IDLE_SECONDS - 0.1)
        early = b"group-1" in path.read_bytes()
        store.tick(IDLE_SECONDS)

        assert (early, b"group-1" in path.read_bytes()) == (False, True)


def test_a_rebuild_leaves_no_file_without_a_link(tmp_path: Path) -> None:
    PolicyStore(tmp_path, SITE).close()
    (tmp_path / "policy-leftover.db").touch()
    (tmp_path / "policy-leftover.db-wal").touch()
    (tmp_path / f"{LINK_NAME}.1234").symlink_to("policy-leftover.db")

    PolicyStore(tmp_path, SITE).close()

    assert names(tmp_path) == {LINK_NAME, str((tmp_path / LINK_NAME).readlink())}


def test_a_log_that_is_never_quiet_is_cut_off_when_it_is_large(tmp_path: Path) -> None:
    site = ASite(revisions=3)
    sizes = []
    with closing(PolicyStore(tmp_path, SITE, large_log_bytes=20_000)) as store:
        log = tmp_path / f"{(tmp_path / LINK_NAME).readlink()}-wal"
        for number in range(1, 31):
            site.change()
            change = site.changes[store.position.revision :]
            store.apply(change, epoch=1, chain=site.chains[-1].hex(), now=number)
            store.tick(number + 0.5)
            sizes.append(log.stat().st_size)

    assert max(sizes) <= 80_000
    assert 0 in sizes


def test_a_reader_that_stays_open_does_not_stop_the_writer(tmp_path: Path) -> None:
    site = ASite(revisions=1)
    reader = PolicyReader(tmp_path / LINK_NAME)
    request = AccessRequest("front", (), at=_NOON)
    with closing(PolicyStore(tmp_path, SITE)) as store, closing(reader):
        store.confirm()
        reader.facts(request)
        filled(store, site)
        store.tick(IDLE_SECONDS)
        _, position = reader.facts(request)

    assert position is not None
    assert position.revision == 1


# What may pass.


def a_filled_policy(folder: Path, *, revisions: int = 3) -> ASite:
    site = ASite(revisions=revisions)
    with closing(PolicyStore(folder, SITE)) as store:
        filled(store, site)
    return site


def test_a_policy_that_another_process_writes_is_opened_as_it_is(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)
    link = (tmp_path / LINK_NAME).readlink()
    with closing(sqlite3.connect(tmp_path / LINK_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with closing(PolicyStore(tmp_path, SITE)) as store:
            assert (store.position.revision, (tmp_path / LINK_NAME).readlink()) == (3, link)


def test_a_policy_on_a_full_disk_is_left_alone(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)

    with full_disk(), pytest.raises(PolicyUnavailable, match="stays as it is"):
        PolicyStore(tmp_path, SITE)

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.position.revision == 3


def test_a_policy_that_cannot_be_read_now_is_left_alone(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)
    before = names(tmp_path)
    with closing(sqlite3.connect(tmp_path / LINK_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(PolicyUnavailable, match="stays as it is"):
            PolicyStore(tmp_path, SITE)

    assert names(tmp_path) == before
    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.position.revision == 3


def test_a_policy_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / LINK_NAME).write_text("this is not a database\n" * 100)

    with full_disk(), pytest.raises(PolicyUnavailable, match="no new one can be made"):
        PolicyStore(tmp_path, SITE)

    assert list(tmp_path.iterdir()) == [tmp_path / LINK_NAME]


def test_a_change_that_the_disk_refuses_leaves_the_policy_alone(tmp_path: Path) -> None:
    site = a_filled_policy(tmp_path)
    link = (tmp_path / LINK_NAME).readlink()
    site.change()
    with closing(PolicyStore(tmp_path, SITE)) as store:
        with full_disk(), pytest.raises(PolicyUnavailable):
            store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=0)
        store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=0)

        assert (store.position.revision, (tmp_path / LINK_NAME).readlink()) == (4, link)


# What is damaged.


def damage(folder: Path, *statements: str) -> None:
    """Change a policy by hand, its tables' own rules set aside."""
    with closing(sqlite3.connect(folder / LINK_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            other.execute(statement)
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def overwrite(folder: Path, old: bytes, new: bytes) -> None:
    """Change bytes of the file where they stand."""
    path = folder / (folder / LINK_NAME).readlink()
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def test_a_schema_that_is_not_utf_8_is_damage(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)
    overwrite(tmp_path, b"CREATE TABLE holders", b"CREATE TABLE h\xc8lders")

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.position.revision == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE position SET revision = -1",
        "UPDATE position SET epoch = 9223372036854775807",
        "UPDATE position SET chain = x'00'",
        "UPDATE position SET digest = zeroblob(33)",
        "DROP TABLE position",
        "DELETE FROM sqlite_schema WHERE name = '_sqlite_migrations'",
        "UPDATE sqlite_schema SET sql = replace(sql, 'migration_set', 'migration_sex')",
    ],
)
def test_a_policy_with_a_damaged_position_or_schema_is_replaced(tmp_path: Path, statement: str) -> None:
    a_filled_policy(tmp_path)
    damage(tmp_path, statement)

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.position.revision == 0
    assert (tmp_path / BROKEN_NAME).exists()


def test_a_header_that_forbids_writing_is_damage(tmp_path: Path) -> None:
    site = a_filled_policy(tmp_path)
    site.change()
    path = tmp_path / (tmp_path / LINK_NAME).readlink()
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")

    with closing(PolicyStore(tmp_path, SITE)) as store:
        with pytest.raises(PolicyUnavailable):
            store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=0)
        assert store.position.revision == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"group-2", b"gro\xfcp-2"), (b"group-2", b"GROUP 2")],
    ids=["not UTF-8", "no name"],
)
def test_rows_that_cannot_be_read_are_found_by_a_look_at_all(tmp_path: Path, old: bytes, new: bytes) -> None:
    a_filled_policy(tmp_path)
    overwrite(tmp_path, old, new)

    with closing(PolicyStore(tmp_path, SITE)) as store:
        began = store.position.revision

        assert (store.tick(0), began, store.position.revision) == (True, 3, 0)


_DAY = ScheduleRow(id="day", windows=(WindowRow(days=(Weekday.MONDAY,), start="07:00", end="19:00"),))


def a_schedule(store: PolicyStore) -> None:
    """Put a schedule, as the revision after the one that is held."""
    change = msgspec.Raw(
        msgspec.json.encode(Change(revision=store.position.revision + 1, at=0, operations=(Put(_DAY),)))
    )
    store.apply([change], epoch=1, chain=chain_after(store.position.chain, bytes(change)).hex(), now=0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE schedules SET windows = '['",
        "UPDATE schedules SET windows = '[[]]'",
        "UPDATE schedules SET holidays = 'never'",
        "UPDATE schedules SET windows = CAST(x'ff' AS TEXT)",
        "UPDATE position SET digest = x'00'",
        "DELETE FROM position",
        "DROP TABLE schedules",
    ],
)
def test_damage_that_a_change_meets_is_replaced(tmp_path: Path, statement: str) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        a_schedule(store)
        damage(tmp_path, statement)

        with pytest.raises(PolicyUnavailable):
            a_schedule(store)

        assert store.position.revision == 0
        a_schedule(store)
        assert store.position.revision == 1


def test_a_damaged_policy_that_cannot_be_replaced_yet_is_replaced_later(tmp_path: Path) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        a_schedule(store)
        store.tick(0)
        damage(tmp_path, "UPDATE schedules SET windows = '['")
        before = names(tmp_path)

        with full_disk():
            with pytest.raises(PolicyUnavailable, match="no new one can be made"):
                a_schedule(store)
            is_replaced = store.tick(CHECK_SECONDS)

        assert (is_replaced, store.position.revision, names(tmp_path)) == (False, 1, before)
        assert (store.tick(CHECK_SECONDS + RETRY_SECONDS), store.position.revision) == (True, 0)


# The look at every row.


def test_every_row_is_looked_at_a_few_at_a_time_at_the_start_and_once_a_day(tmp_path: Path) -> None:
    a_filled_policy(tmp_path, revisions=ROWS_PER_STEP + 1)
    with closing(PolicyStore(tmp_path, SITE)) as store:
        at_start = [store.tick(0), store.tick(0)]
        damage(tmp_path, "DELETE FROM groups WHERE id = 'group-2'")
        within_a_day = [store.tick(CHECK_SECONDS - 1) for _ in range(3)]
        a_day_later = [store.tick(CHECK_SECONDS), store.tick(CHECK_SECONDS)]

        assert (at_start, within_a_day, a_day_later) == ([False] * 2, [False] * 3, [False, True])
        assert store.position.revision == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE groups SET id = 'group-7' WHERE id = 'group-2'",
        "INSERT INTO groups VALUES ('group-7')",
        "UPDATE position SET digest = zeroblob(32)",
        "DROP TABLE holidays",
    ],
)
def test_rows_that_are_not_those_of_the_position_are_replaced(tmp_path: Path, statement: str) -> None:
    site = a_filled_policy(tmp_path)
    damage(tmp_path, statement)

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert (store.tick(0), store.position.revision) == (True, 0)
        filled(store, site)
    assert names(tmp_path) == {LINK_NAME, BROKEN_NAME, str((tmp_path / LINK_NAME).readlink())}


def test_an_index_that_is_not_that_of_its_rows_is_damage(tmp_path: Path) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        a_schedule(store)
    empty = "(SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_sites_1')"
    damage(tmp_path, f"UPDATE sqlite_schema SET rootpage = {empty} WHERE name = 'sqlite_autoindex_schedules_1'")

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert (store.tick(0), store.position.revision) == (True, 0)


def test_changes_between_two_looks_at_some_rows_are_no_damage(tmp_path: Path) -> None:
    a_filled_policy(tmp_path, revisions=ROWS_PER_STEP + 1)
    with closing(PolicyStore(tmp_path, SITE)) as store:
        store.tick(0)
        a_schedule(store)

        assert (store.tick(0), store.position.revision) == (False, ROWS_PER_STEP + 2)


def test_a_change_that_does_not_fit_is_a_reason_to_look_at_once(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)
    drop = msgspec.Raw(msgspec.json.encode(Change(revision=4, at=0, operations=(Drop(GroupRow(id="group-2")),))))
    with closing(PolicyStore(tmp_path, SITE)) as store:
        store.tick(0)
        damage(tmp_path, "DELETE FROM groups WHERE id = 'group-2'")

        with pytest.raises(Refused, match="inapplicable"):
            store.apply([drop], epoch=1, chain="", now=1)

        assert (store.tick(1), store.position.revision) == (True, 0)
