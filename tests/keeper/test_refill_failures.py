"""What goes wrong while a policy is filled from a snapshot leaves the old one, and nothing else."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from doorctl.database import open_writer
from doorctl.errors import PolicyUnavailable
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import FIRST_PAUSE_SECONDS, Refill
from doorctl.places import StateFile
from doorctl.policy.apply import recomputed_digest
from doorctl.policy.rows import GroupRow
from doorctl.policy.schema import migrate
from tests.full_disk import full_disk
from tests.keeper.refills import apply, held, policies
from tests.keeper.snapshots import SITE, AHistory, ASnapshot, a_snapshot, collect, some_people


@pytest.fixture(scope="module")
def snapshot() -> ASnapshot:
    return a_snapshot(some_people(200))


def test_a_disk_that_is_full_in_the_middle_leaves_the_old_policy_and_nothing_else(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    apply(store, AHistory().change([GroupRow(id="old")]))
    before = store.position
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=1)
    with full_disk():
        assert not collect(refill, snapshot)

    assert (refill.offer, policies(tmp_path)) == (None, {held(tmp_path)})
    assert (store.position, store.read(recomputed_digest)) == (before, before.digest)


def test_what_failed_is_begun_again_after_a_pause_that_doubles(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    begun_at = []
    for second in range(0, 600, 10):
        refill.answered(snapshot.offer, second)
        if refill.offer is not None:
            begun_at.append(second)
            with full_disk():
                collect(refill, snapshot, now=second)

    assert begun_at == [0, FIRST_PAUSE_SECONDS, 3 * FIRST_PAUSE_SECONDS, 7 * FIRST_PAUSE_SECONDS]
    fill_late = 10 * 3600
    refill.answered(snapshot.offer, fill_late)
    assert collect(refill, snapshot, now=fill_late)


def test_rows_that_are_not_those_of_the_offer_never_take_over(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    foreign = a_snapshot(some_people(3, groups=1))
    false = ASnapshot(store.position, snapshot.pieces)
    false.offer = snapshot.offer
    false.pieces = [*snapshot.pieces[:-1], foreign.pieces[0]]
    refill.answered(snapshot.offer, 0)

    assert not collect(refill, false)

    assert (store.position.revision, policies(tmp_path), refill.offer) == (0, {held(tmp_path)}, None)


def a_stale_log(folder: Path) -> bytes:
    """Return the write-ahead log of another policy, which SQLite would take for that of any database beside it."""
    path = folder / "stale.db"
    with closing(open_writer(path)) as connection:
        migrate(connection, site="stale")
        content = path.with_name("stale.db-wal").read_bytes()
    with suppress(FileNotFoundError):
        path.unlink()
    return content


def test_a_stale_log_under_the_new_name_is_no_part_of_the_new_policy(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    new = tmp_path / (tmp_path / StateFile.POLICY_NEXT).readlink()
    new.with_name(f"{new.name}-wal").write_bytes(a_stale_log(tmp_path))

    assert refill.take_over(0)

    assert (store.position.site, store.position.digest_hex) == (SITE, snapshot.offer.digest)
    assert store.read(recomputed_digest) == store.position.digest


def test_a_new_policy_that_cannot_be_opened_leaves_the_old_one(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    name = held(tmp_path)
    (tmp_path / StateFile.POLICY_NEXT).resolve().write_bytes(b"this is not a database\n" * 1000)

    assert not refill.take_over(0)

    assert (held(tmp_path), store.position.revision, policies(tmp_path)) == (name, 0, {name})


def test_only_the_file_that_is_named_as_the_next_one_takes_over(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    other = tmp_path / "policy-other.db"
    sqlite3.connect(other).close()

    with pytest.raises(PolicyUnavailable, match="cannot be taken"):
        store.take_over(other, now=0)

    assert refill.take_over(0)


def test_a_new_policy_in_progress_outlives_a_start_and_other_leftovers_do_not(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=1)
    refill.close()
    store.close()
    new = (tmp_path / StateFile.POLICY_NEXT).readlink().name
    (tmp_path / "policy-leftover.db").touch()

    PolicyStore(tmp_path, SITE).close()

    assert policies(tmp_path) == {new, held(tmp_path)}
    assert (tmp_path / StateFile.POLICY_NEXT).is_symlink()
