"""The keeper's policy.db: whatever it finds there, it ends with a policy that it can write and the door can read."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.core.model import AccessRequest
from doorctl.database import open_writer
from doorctl.errors import PolicyUnavailable
from doorctl.keeper.policy_store import BROKEN_NAME, IDLE_SECONDS, LINK_NAME, PolicyStore
from doorctl.policy.reader import PolicyReader
from doorctl.policy.schema import migrate
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


def test_a_reader_that_stays_open_does_not_stop_the_writer(tmp_path: Path) -> None:
    site = ASite(revisions=1)
    reader = PolicyReader(tmp_path / LINK_NAME)
    request = AccessRequest("front", None, at=_NOON)
    with closing(PolicyStore(tmp_path, SITE)) as store, closing(reader):
        reader.facts(request)
        filled(store, site)
        store.tick(IDLE_SECONDS)
        _, position = reader.facts(request)

    assert position is not None
    assert position.revision == 1
