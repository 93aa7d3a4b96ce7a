"""A policy that is damaged is noticed, by what meets it or by the look at every row, and replaced."""

from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from doorctl.core.model import Weekday
from doorctl.errors import PolicyUnavailable, Refused
from doorctl.keeper.policy_store import (
    CHECK_SECONDS,
    RETRY_SECONDS,
    PolicyStore,
)
from doorctl.keeper.row_check import ROWS_PER_STEP
from doorctl.places import StateFile
from doorctl.policy.apply import chain_after
from doorctl.policy.rows import (
    CredentialLimitsRow,
    CredentialRow,
    GroupRow,
    HolderRow,
    PinRow,
    Row,
    ScheduleRow,
    WindowRow,
)
from doorctl.wire.messages import Change, Drop, Put
from tests.full_disk import full_disk
from tests.keeper.site import SITE
from tests.keeper.stores import a_filled_policy, damage, filled, names, overwrite


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
    assert (tmp_path / StateFile.POLICY_BROKEN).exists()


def test_a_header_that_forbids_writing_is_damage(tmp_path: Path) -> None:
    site = a_filled_policy(tmp_path)
    site.change()
    path = tmp_path / (tmp_path / StateFile.POLICY).readlink()
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


def put(store: PolicyStore, *rows: Row) -> None:
    """Put rows, as the revision after the one that is held."""
    operations = tuple(Put(row) for row in rows)
    change = msgspec.Raw(msgspec.json.encode(Change(store.position.revision + 1, 0, operations=operations)))
    store.apply([change], epoch=1, chain=chain_after(store.position.chain, bytes(change)).hex(), now=0)


def a_schedule(store: PolicyStore) -> None:
    put(store, _DAY)


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
    assert names(tmp_path) == {
        StateFile.POLICY,
        StateFile.POLICY_BROKEN,
        str((tmp_path / StateFile.POLICY).readlink()),
    }


def test_an_index_that_is_not_that_of_its_rows_is_damage(tmp_path: Path) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        a_schedule(store)
    empty = "(SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_sites_1')"
    damage(tmp_path, f"UPDATE sqlite_schema SET rootpage = {empty} WHERE name = 'sqlite_autoindex_schedules_1'")

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert (store.tick(0), store.position.revision) == (True, 0)


@pytest.mark.parametrize("table", ["holders", "credentials"])
def test_what_is_gathered_of_somebody_that_the_rows_do_not_say_is_damage(tmp_path: Path, table: str) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        put(store, HolderRow("ada"), CredentialRow(bytes(32), "ada"))
        put(store, PinRow("ada", 1, bytes(32)), CredentialLimitsRow(bytes(32), "ada", "l1", since=0, uses=1))
        is_damaged = store.tick(0)
        damage(tmp_path, f"UPDATE {table} SET gathered = '{{}}'")
        store.look_at_rows(0)

        assert (is_damaged, store.tick(0), store.position.revision) == (False, True, 0)


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
