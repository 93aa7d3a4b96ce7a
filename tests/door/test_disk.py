"""A disk that is full, late or broken: no strike moves without a record, egress always does, and it recovers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.keys.identity import load_signer, log_key_name
from firmware_bridge.reader_protocol import Led
from tests.audit.logs import CONTROLLER, stored
from tests.door.watched_board import leave_by_rex, swipe_and_pass, swipe_and_see
from tests.door_rig import ADA, CONFIG, FLOOR, DoorRig
from tests.shims.preloaded import Disk

LATE_SECONDS = 3.0
HASTY_CONFIG = CONFIG.replace("late_seconds = 10.0", f"late_seconds = {LATE_SECONDS}")


@pytest.fixture
def hasty_rig(tmp_path: Path) -> Iterator[DoorRig]:
    rig = DoorRig(tmp_path, config=HASTY_CONFIG)
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    yield rig
    rig.close()


def assert_the_log_holds_together(rig: DoorRig) -> None:
    stored(rig.state / "audit.db", load_signer(rig.state / "keys" / "log.pem", log_key_name(CONTROLLER)))


def test_a_full_disk_denies_lets_out_and_recovers(adas_rig: DoorRig, disk: Disk) -> None:
    adas_rig.start_online(environment=disk.environment)
    swipe_and_pass(adas_rig, "front", ADA)
    disk.be_full()
    shown = [swipe_and_see(adas_rig, "front", ADA) for _ in range(3)]
    moved = adas_rig.strike_states(FLOOR)
    leave_by_rex(adas_rig)
    disk.be_well()
    swipe_and_pass(adas_rig, "front", ADA)

    assert shown == [Led.AMBER] * 3
    assert moved == ["released", "secured"]
    assert adas_rig.has_record(RecordKind.AUDIT_FAILED)
    assert "audit_failed" in adas_rig.log()
    assert adas_rig.stop() == 0
    assert_the_log_holds_together(adas_rig)


def test_a_door_that_starts_on_a_full_disk_lets_out_and_recovers(adas_rig: DoorRig, disk: Disk) -> None:
    disk.be_full()
    adas_rig.start(environment=disk.environment)
    adas_rig.wait_for(lambda: "audit_failed" in adas_rig.log(), what="the alarm")
    leave_by_rex(adas_rig)
    disk.be_well()
    swipe_and_pass(adas_rig, "front", ADA)

    assert adas_rig.has_record(RecordKind.AUDIT_FAILED)


@pytest.fixture
def small_filesystem(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=False).returncode:
        pytest.skip("a file system of one's own needs the right to mount; the same is tested by a shim")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass


def test_a_file_system_without_space_denies_lets_out_and_recovers(small_filesystem: Path, tmp_path: Path) -> None:
    rig = DoorRig(tmp_path)
    try:
        rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
        rig.start_online()
        filler = small_filesystem / "filler"
        fill(filler)
        shown = swipe_and_see(rig, "front", ADA)
        moved = rig.strike_states(FLOOR)
        leave_by_rex(rig)
        filler.unlink()
        swipe_and_pass(rig, "front", ADA)

        assert (shown, moved) == (Led.AMBER, [])
        assert rig.has_record(RecordKind.AUDIT_FAILED)
        assert_the_log_holds_together(rig)
    finally:
        rig.close()


def test_the_strike_follows_a_disk_that_is_a_little_late(hasty_rig: DoorRig, disk: Disk) -> None:
    hasty_rig.start_online(environment=disk.environment)
    disk.be_late(100)
    hasty_rig.swipe("front", ADA)
    hasty_rig.wait_for(lambda: hasty_rig.strike_states(FLOOR), what="release")

    flushed_late = [flush for flush in disk.flushes() if flush.what == "flush"]
    assert flushed_late
    assert hasty_rig.count(RecordKind.NOT_RELEASED) == 0


def test_the_strike_does_not_follow_a_disk_that_is_too_late(hasty_rig: DoorRig, disk: Disk) -> None:
    hasty_rig.start_online(environment=disk.environment)
    disk.be_late(int(LATE_SECONDS * 1000) + 300)
    hasty_rig.swipe("front", ADA)
    hasty_rig.wait_for(lambda: hasty_rig.has_record(RecordKind.DECISION), what="the late decision")
    disk.be_well()
    hasty_rig.wait_for(lambda: hasty_rig.has_record(RecordKind.NOT_RELEASED), what="not released")

    (decision,) = hasty_rig.records(RecordKind.DECISION)
    (late,) = hasty_rig.records(RecordKind.NOT_RELEASED)
    assert (late.reason, late.of) == (Reason.LATE, decision.seq)
    assert hasty_rig.strike_states(FLOOR) == []


def test_rex_is_as_quick_with_a_disk_that_hangs(hasty_rig: DoorRig, disk: Disk) -> None:
    hasty_rig.start_online(environment=disk.environment)
    disk.be_late(600_000)
    hasty_rig.swipe("front", ADA)
    leave_by_rex(hasty_rig)

    assert hasty_rig.count(RecordKind.DECISION) == 0


def test_a_failed_flush_denies_and_is_never_tried_again_on_its_handle(adas_rig: DoorRig, disk: Disk) -> None:
    adas_rig.start_online(environment=disk.environment)
    disk.fail_once()
    shown = swipe_and_see(adas_rig, "front", ADA)
    moved = adas_rig.strike_states(FLOOR)
    swipe_and_pass(adas_rig, "front", ADA)
    adas_rig.stop()

    assert (shown, moved) == (Led.AMBER, [])
    assert adas_rig.count(RecordKind.AUDIT_FAILED) == 1
    assert adas_rig.count(RecordKind.DECISION) == 1
    assert_failed_handles_are_left_alone(disk)
    assert_the_log_holds_together(adas_rig)


def test_a_door_that_stops_after_a_failed_flush_leaves_its_handle_alone(adas_rig: DoorRig, disk: Disk) -> None:
    adas_rig.start_online(environment=disk.environment)
    disk.fail_once()
    swipe_and_see(adas_rig, "front", ADA)
    adas_rig.stop()

    assert_failed_handles_are_left_alone(disk)
    assert_the_log_holds_together(adas_rig)


_COPIES_PAGES_BACK = """
import sys
from pathlib import Path
from tests.audit.logs import a_draft, a_log
log, order = a_log(Path(sys.argv[1])), Path(sys.argv[2])
log.append([a_draft("before")])
order.write_text("fail")
log.checkpoint_pages()
log.append([a_draft("after")])
log.close()
"""


def test_a_failed_flush_while_pages_are_copied_back_loses_nothing(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "audit.db"
    order = disk.environment["DISK_ORDER"]
    command = [sys.executable, "-c", _COPIES_PAGES_BACK, str(path), order]
    subprocess.run(command, check=True, env=os.environ | disk.environment)

    assert stored(path).details == ["before", "after"]
    assert_failed_handles_are_left_alone(disk)


_APPENDS_AFTER_COPYING_BACK = """
import sys
from pathlib import Path
from tests.audit.logs import a_draft, a_log
log = a_log(Path(sys.argv[1]))
log.append([a_draft("before")])
log.checkpoint_pages()
for number in range(int(sys.argv[2])):
    log.append([a_draft(str(number))])
log.close()
"""


@pytest.mark.parametrize("appends", [1, 2])
def test_a_record_after_pages_were_copied_back_costs_one_flush(tmp_path: Path, disk: Disk, appends: int) -> None:
    def flushes_of(appends: int) -> int:
        seen = len(disk.flushes())
        path = tmp_path / str(appends) / "audit.db"
        path.parent.mkdir()
        command = [sys.executable, "-c", _APPENDS_AFTER_COPYING_BACK, str(path), str(appends)]
        subprocess.run(command, check=True, env=os.environ | disk.environment)
        return sum(event.what != "close" for event in disk.flushes()[seen:])

    assert flushes_of(appends) - flushes_of(appends - 1) == 1


def assert_failed_handles_are_left_alone(disk: Disk) -> None:
    failed: set[int] = set()
    seen = 0
    for event in disk.flushes():
        if event.what == "close":
            failed.discard(event.descriptor)
            continue
        assert event.descriptor not in failed, f"{event.path} was flushed again"
        if event.result != 0:
            seen += 1
            failed.add(event.descriptor)
    assert seen == 1
