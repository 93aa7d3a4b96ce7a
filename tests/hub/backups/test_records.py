"""Backups and restores stand in the hub's own log, each once, and a restored hub begins a new epoch of it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.errors import SiteUnavailable
from doorctl.hub.backups.news import BackupMade, Restored, tell_of_backup, tell_of_restore
from doorctl.hub.backups.records import record_backups, record_restore
from doorctl.hub.own_log import Entry, OwnLog
from tests.hub.builders import NOON, NOON_SECONDS, SITE, a_signer, later
from tests.hub.disks import no_room_in
from tests.hub.new_site import open_new_site
from tests.hub.own_log.reading import epochs_of, read_log

MADE = BackupMade("5e" * 16, NOON_SECONDS, 4711, "ab" * 32, with_keys=False)


class ALog:
    """A hub's own log, and the folder in which it finds word of its backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = a_signer(f"hub.{SITE}")
        self.connection = open_new_site(folder / "site.db", site=SITE)
        self.own = OwnLog(self.connection, self.signer, site=SITE)
        with transaction(self.connection):
            self.own.append(Entry(RecordKind.BOOT), at=NOON.timestamp())

    def record(self) -> None:
        """Record what there is word of, as a hub that starts does."""
        record_restore(self.connection, self.own, self.folder, later(60))
        record_backups(self.connection, self.own, self.folder, later(60))

    def told(self) -> list[list[tuple[RecordKind, str]]]:
        """Return what each epoch says."""
        logs = [read_log(self.connection, self.signer, epoch) for epoch in epochs_of(self.connection)]
        return [[(leaf.kind, leaf.detail) for leaf in log.leaves] for log in logs]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ALog]:
    log = ALog(tmp_path)
    yield log
    log.connection.close()


def words(log: ALog) -> list[str]:
    return sorted(path.name for path in log.folder.rglob("*.json"))


def test_a_backup_is_recorded_once_with_its_hash(log: ALog) -> None:
    tell_of_backup(log.folder, MADE)

    log.record()
    log.record()

    (records,) = log.told()
    assert records[2:] == [
        (RecordKind.BACKUP_MADE, f"backup {MADE.backup} without keys, 4711 bytes, sha256 {MADE.sha256}")
    ]
    assert words(log) == []


def test_several_backups_are_recorded_each(log: ALog) -> None:
    for digit in "abc":
        tell_of_backup(log.folder, BackupMade(digit * 32, NOON_SECONDS, 1, digit * 64, with_keys=True))

    log.record()

    (records,) = log.told()
    assert [kind for kind, _ in records[2:]] == [RecordKind.BACKUP_MADE] * 3


def test_a_restored_hub_begins_a_new_epoch_that_says_from_when_it_is(log: ALog) -> None:
    tell_of_restore(log.folder, Restored("5e" * 16, 3, NOON_SECONDS, NOON_SECONDS + 60))

    log.record()
    log.record()

    before, after = log.told()
    assert [kind for kind, _ in before] == [RecordKind.LOG_OPENED, RecordKind.BOOT]
    assert [kind for kind, _ in after] == [RecordKind.LOG_RECOVERED, RecordKind.RESTORED]
    assert after[1][1] == f"backup {'5e' * 16}, increment 3, made_at {NOON_SECONDS}"
    assert words(log) == []


def test_a_restored_hub_does_not_go_by_who_was_a_host_or_a_delegate(log: ALog) -> None:
    for statement in (
        "INSERT INTO holders (id, status) VALUES ('h1', 'active'), ('h2', 'active')",
        "INSERT INTO host_keys (admin, sign, holder) VALUES ('ada-key', x'00', 'h1')",
        "INSERT INTO delegates (sponsor, holder, until) VALUES ('h1', 'h2', 4102444800)",
    ):
        log.connection.execute(statement)
    log.record()
    before = hosts_of(log)
    tell_of_restore(log.folder, Restored("5e" * 16, 3, NOON_SECONDS, NOON_SECONDS + 60))

    log.record()

    assert (before, hosts_of(log)) == ((1, 1), (0, 0))


def hosts_of(log: ALog) -> tuple[int, int]:
    """Count the keys of hosts, and delegates."""
    counted = "SELECT (SELECT count(*) FROM host_keys), (SELECT count(*) FROM delegates)"
    keys, delegates = log.connection.execute(counted).fetchone()
    return keys, delegates


def test_what_cannot_be_recorded_stays_to_be_recorded(log: ALog) -> None:
    tell_of_backup(log.folder, MADE)
    tell_of_restore(log.folder, Restored("5e" * 16, 3, NOON_SECONDS, NOON_SECONDS + 60))

    with no_room_in(log.connection, "records"):
        with pytest.raises(SiteUnavailable, match=r"was restored cannot be recorded \(disk full\)"):
            record_restore(log.connection, log.own, log.folder, later(60))
        with pytest.raises(sqlite3.Error):
            record_backups(log.connection, log.own, log.folder, later(60))

    assert words(log) == [f"{MADE.backup}.json", "restored.json"]
    assert len(log.told()) == 1
