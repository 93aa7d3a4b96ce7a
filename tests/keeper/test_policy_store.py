"""The keeper's policy.db: whatever it finds there, it ends with a policy that it can write and the door can read."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.core.request import AccessRequest
from doorctl.database import open_writer
from doorctl.errors import PolicyUnavailable
from doorctl.keeper.policy_store import (
    IDLE_SECONDS,
    PolicyStore,
)
from doorctl.places import StateFile
from doorctl.policy.reader import PolicyReader
from doorctl.policy.schema import migrate
from tests.full_disk import full_disk
from tests.keeper.site import SITE, ASite
from tests.keeper.stores import a_filled_policy, filled, names
from tests.policy.policies import revision_in_force

_NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)


def test_without_a_policy_an_empty_one_begins(tmp_path: Path) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert (store.position.site, store.position.epoch, store.position.revision) == (SITE, 0, 0)
    assert names(tmp_path) == {StateFile.POLICY, str((tmp_path / StateFile.POLICY).readlink())}


def test_the_door_reads_each_revision_as_it_is_committed(tmp_path: Path) -> None:
    site = ASite(revisions=2)
    reader = PolicyReader(tmp_path / StateFile.POLICY)
    with closing(PolicyStore(tmp_path, SITE)) as store, closing(reader):
        store.confirm()
        before = revision_in_force(reader)
        filled(store, site)
        after = revision_in_force(reader)

    assert (before, after) == (0, 2)


def a_text_file(folder: Path) -> None:
    (folder / StateFile.POLICY).write_text("this is not a database\n" * 100)


def a_link_to_a_text_file(folder: Path) -> None:
    (folder / "policy-0.db").write_text("this is not a database\n" * 100)
    (folder / StateFile.POLICY).symlink_to("policy-0.db")


def a_link_to_nothing(folder: Path) -> None:
    (folder / StateFile.POLICY).symlink_to("policy-0.db")
    (folder / "policy-0.db-wal").write_bytes(b"stale")


def a_link_to_itself(folder: Path) -> None:
    (folder / StateFile.POLICY).symlink_to(StateFile.POLICY)


def an_empty_file(folder: Path) -> None:
    (folder / StateFile.POLICY).touch()


def another_site_s(folder: Path) -> None:
    with closing(open_writer(folder / "policy-0.db")) as connection:
        migrate(connection, site="annex")
    (folder / StateFile.POLICY).symlink_to("policy-0.db")


def ruined_pages(folder: Path) -> None:
    with closing(PolicyStore(folder, SITE)) as store:
        filled(store, ASite(revisions=20))
    path = folder / (folder / StateFile.POLICY).readlink()
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
    assert names(tmp_path) - {StateFile.POLICY_BROKEN} == {
        StateFile.POLICY,
        str((tmp_path / StateFile.POLICY).readlink()),
    }


def test_what_was_broken_is_kept_aside_and_only_the_latest(tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / StateFile.POLICY).unlink(missing_ok=True)
        (tmp_path / StateFile.POLICY).write_text(text * 1000)
        PolicyStore(tmp_path, SITE).close()

    assert (tmp_path / StateFile.POLICY_BROKEN).read_text() == "second" * 1000


def test_a_file_that_is_ruined_while_in_use_is_replaced(tmp_path: Path) -> None:
    site = ASite(revisions=200)
    with closing(PolicyStore(tmp_path, SITE)) as store:
        filled(store, site)
        store.tick(IDLE_SECONDS)
    with closing(PolicyStore(tmp_path, SITE)) as store:
        path = tmp_path / (tmp_path / StateFile.POLICY).readlink()
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
        path = tmp_path / (tmp_path / StateFile.POLICY).readlink()
        filled(store, ASite(revisions=1))

        store.tick(IDLE_SECONDS - 0.1)
        early = b"group-1" in path.read_bytes()
        store.tick(IDLE_SECONDS)

        assert (early, b"group-1" in path.read_bytes()) == (False, True)


def test_a_rebuild_leaves_no_file_without_a_link(tmp_path: Path) -> None:
    PolicyStore(tmp_path, SITE).close()
    (tmp_path / "policy-leftover.db").touch()
    (tmp_path / "policy-leftover.db-wal").touch()
    (tmp_path / f"{StateFile.POLICY}.1234").symlink_to("policy-leftover.db")

    PolicyStore(tmp_path, SITE).close()

    assert names(tmp_path) == {StateFile.POLICY, str((tmp_path / StateFile.POLICY).readlink())}


def test_a_log_that_is_never_quiet_is_cut_off_when_it_is_large(tmp_path: Path) -> None:
    site = ASite(revisions=3)
    sizes = []
    with closing(PolicyStore(tmp_path, SITE, large_log_bytes=20_000)) as store:
        log = tmp_path / f"{(tmp_path / StateFile.POLICY).readlink()}-wal"
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
    reader = PolicyReader(tmp_path / StateFile.POLICY)
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


def test_a_policy_that_another_process_writes_is_opened_as_it_is(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)
    link = (tmp_path / StateFile.POLICY).readlink()
    with closing(sqlite3.connect(tmp_path / StateFile.POLICY, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with closing(PolicyStore(tmp_path, SITE)) as store:
            assert (store.position.revision, (tmp_path / StateFile.POLICY).readlink()) == (3, link)


def test_a_policy_on_a_full_disk_is_left_alone(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)

    with full_disk(), pytest.raises(PolicyUnavailable, match="stays as it is"):
        PolicyStore(tmp_path, SITE)

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.position.revision == 3


def test_a_policy_that_cannot_be_read_now_is_left_alone(tmp_path: Path) -> None:
    a_filled_policy(tmp_path)
    before = names(tmp_path)
    with closing(sqlite3.connect(tmp_path / StateFile.POLICY, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(PolicyUnavailable, match="stays as it is"):
            PolicyStore(tmp_path, SITE)

    assert names(tmp_path) == before
    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.position.revision == 3


def test_a_policy_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / StateFile.POLICY).write_text("this is not a database\n" * 100)

    with full_disk(), pytest.raises(PolicyUnavailable, match="no new one can be made"):
        PolicyStore(tmp_path, SITE)

    assert list(tmp_path.iterdir()) == [tmp_path / StateFile.POLICY]


def test_a_change_that_the_disk_refuses_leaves_the_policy_alone(tmp_path: Path) -> None:
    site = a_filled_policy(tmp_path)
    link = (tmp_path / StateFile.POLICY).readlink()
    site.change()
    with closing(PolicyStore(tmp_path, SITE)) as store:
        with full_disk(), pytest.raises(PolicyUnavailable):
            store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=0)
        store.apply(site.changes[-1:], epoch=1, chain=site.chains[-1].hex(), now=0)

        assert (store.position.revision, (tmp_path / StateFile.POLICY).readlink()) == (4, link)
