"""What the hub records of its own life."""

import signal
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from doorctl.audit.leaf import TreeMark
from doorctl.core.records import RecordKind
from doorctl.hub.backups.news import (
    BackupMade,
    Restored,
    backups_told,
    restore_told,
    tell_of_backup,
    tell_of_restore,
)
from doorctl.hub.trust_history import held_notes
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.trust.verify import SignedTrust, sign_trust
from tests.hub.builders import NOON, NOON_SECONDS, ASite, a_controller, later
from tests.hub.hub_on_disk import AHubOnDisk, a_process
from tests.hub.logs import ALog, a_log, send, tree_of
from tests.hub.own_log.reading import Read, epochs_of, own_log, read_log
from tests.shims.preloaded import WallClockShim, build


def begin(site: ASite, folder: Path) -> None:
    site.hub.chronicle.begin(site.trust(), NOON, config="aa", state_dir=folder)


def newer(site: ASite, **changes: object) -> SignedTrust:
    """Sign the next version of trust, in which something is other."""
    trust = site.trust(len(held_notes(site.connection)) + 1).trust
    return sign_trust(replace(trust, **changes), site.root)


def test_a_start_is_recorded_and_the_trust_with_it(site: ASite, tmp_path: Path) -> None:
    begin(site, tmp_path)
    begin(site, tmp_path)

    kinds = own_log(site).kinds
    assert kinds == [RecordKind.LOG_OPENED, RecordKind.BOOT, RecordKind.TRUST_TAKEN, RecordKind.BOOT]


def test_every_trust_note_is_kept_in_the_order_in_which_it_was_taken(site: ASite, tmp_path: Path) -> None:
    begin(site, tmp_path)
    second = newer(site, expires=NOON_SECONDS)
    site.hub.take_trust(second, NOON)
    site.hub.take_trust(second, NOON)

    assert [version for version, _ in held_notes(site.connection)] == [1, 2]
    assert held_notes(site.connection)[1][1] == second.note
    assert [leaf.detail for leaf in own_log(site).of(RecordKind.TRUST_TAKEN)] == ["version 1", "version 2"]


def test_the_log_of_a_controller_that_trust_names_no_more_is_closed(site_with_two: ASite, tmp_path: Path) -> None:
    site = site_with_two
    begin(site, tmp_path)
    log = a_log(site, size=3)
    send(site, log.batch(0, 3))

    site.hub.take_trust(newer(site, controllers=()), NOON)

    (closed,) = own_log(site).of(RecordKind.LOG_CLOSED)
    assert closed.tree == TreeMark("pi-1", 1, 3, tree_of(log.leaves).root.hex())


def test_the_log_of_a_controller_that_got_other_keys_is_closed(site_with_two: ASite, tmp_path: Path) -> None:
    site = site_with_two
    begin(site, tmp_path)
    for number, controller in enumerate(site.controllers):
        log = ALog(controller)
        log.write()
        send(site, log.batch(0, 1), at=later(number))

    other = a_controller("pi-2")
    site.hub.take_trust(newer(site, controllers=(site.controllers[0].keys, other.keys)), NOON)

    assert [leaf.tree.log for leaf in own_log(site).of(RecordKind.LOG_CLOSED) if leaf.tree] == ["pi-2"]


def test_trust_that_was_replaced_while_the_hub_was_down_closes_logs_too(site_with_two: ASite, tmp_path: Path) -> None:
    site = site_with_two
    begin(site, tmp_path)
    send(site, a_log(site, size=1).batch(0, 1))

    site.hub.chronicle.begin(newer(site, controllers=()), NOON, config="aa", state_dir=tmp_path)

    assert len(own_log(site).of(RecordKind.LOG_CLOSED)) == 1


MADE = BackupMade("b1", NOON_SECONDS, 77, "ab" * 32, with_keys=False)


def test_a_backup_is_recorded_once(site: ASite, tmp_path: Path) -> None:
    begin(site, tmp_path)
    tell_of_backup(tmp_path, MADE)

    site.hub.chronicle.look(tmp_path, NOON)
    site.hub.chronicle.look(tmp_path, NOON)

    (leaf,) = own_log(site).of(RecordKind.BACKUP_MADE)
    assert leaf.detail == MADE.detail
    assert list(backups_told(tmp_path)) == []


def test_a_word_that_cannot_be_recorded_now_is_recorded_later(site: ASite, tmp_path: Path) -> None:
    begin(site, tmp_path)
    tell_of_backup(tmp_path, MADE)
    other = sqlite3.connect(site.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    site.connection.execute("PRAGMA busy_timeout = 0")
    site.hub.chronicle.look(tmp_path, NOON)
    other.execute("ROLLBACK")
    other.close()

    site.hub.chronicle.look(tmp_path, NOON)

    assert len(own_log(site).of(RecordKind.BACKUP_MADE)) == 1


def test_a_hub_that_was_put_back_begins_a_new_epoch_once(site: ASite, tmp_path: Path) -> None:
    begin(site, tmp_path)
    before = own_log(site)
    tell_of_restore(tmp_path, Restored("b1", 3, NOON_SECONDS, NOON_SECONDS))

    begin(site, tmp_path)
    begin(site, tmp_path)

    read = own_log(site)
    assert read.kinds == [RecordKind.LOG_RECOVERED, RecordKind.RESTORED, RecordKind.BOOT, RecordKind.BOOT]
    assert read.leaves[0].tree == TreeMark("hub", before.epoch, len(before.raw), tree_of(before.raw).root.hex())
    assert restore_told(tmp_path) is None


def line_about(event: str, process: "subprocess.Popen[str]") -> str:
    """Wait for an event in the journal of a process; nothing is returned when it ends before."""
    assert process.stderr is not None
    return next((line for line in process.stderr if event in line), "")


def end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def log_on(disk: AHubOnDisk) -> Read:
    """Read the one log that a hub that has ended has left."""
    with closing(sqlite3.connect(disk.state_dir / "site.db")) as connection:
        (epoch,) = epochs_of(connection)
        return read_log(connection, disk.hub_identity.signer, epoch)


def test_the_process_records_its_start_its_configuration_and_its_end(
    on_disk: AHubOnDisk, broker: LocalBroker
) -> None:
    on_disk.write_config(port=broker.port)
    for timezone in ("Europe/Paris", "Europe/Rome"):
        on_disk.write_config(port=broker.port, timezone=timezone)
        with a_process(on_disk) as process:
            assert line_about("broker_connected", process)
            end(process)

    assert log_on(on_disk).kinds == [
        RecordKind.LOG_OPENED,
        RecordKind.BOOT,
        RecordKind.TRUST_TAKEN,
        RecordKind.STOP,
        RecordKind.BOOT,
        RecordKind.CONFIG_CHANGED,
        RecordKind.STOP,
    ]


def test_the_process_records_that_its_clock_was_set(on_disk: AHubOnDisk, broker: LocalBroker, tmp_path: Path) -> None:
    wall_clock = WallClockShim(build("wall_clock", tmp_path), tmp_path)
    on_disk.write_config(port=broker.port)
    with a_process(on_disk, **wall_clock.environment) as process:
        assert line_about("broker_connected", process)
        wall_clock.set(90_000)
        gives_up = threading.Timer(20, process.kill)
        gives_up.start()
        line = line_about("clock_step", process)
        gives_up.cancel()
        end(process)

    assert "seconds=90000" in line
    assert [leaf.detail for leaf in log_on(on_disk).of(RecordKind.CLOCK_STEP)] == ["+90000 seconds"]
