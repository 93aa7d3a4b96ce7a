"""A disk whose flushes take long, or whose anchor hangs or fails: strikes follow records, egress no disk."""

import time
from pathlib import Path

import pytest

from doorctl.audit.anchor import LogMark, anchor_beside, read_anchor
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.keys.identity import load_signer, log_key_name
from tests.audit.logs import CONTROLLER, stored
from tests.door.test_disk import assert_failed_handles_are_left_alone, assert_the_log_holds_together
from tests.door.watched_board import leave_by_rex, swipe_and_pass
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig
from tests.shims.preloaded import Disk


@pytest.fixture
def anchor_disk(shims: Path, tmp_path: Path) -> Disk:
    """The disk under the anchor alone."""
    return Disk(shims / "disk.so", tmp_path, files="audit.anchor")


@pytest.fixture
def whole_disk(shims: Path, tmp_path: Path) -> Disk:
    """The disk under the log and its anchor."""
    return Disk(shims / "disk.so", tmp_path, files="/audit.")


@pytest.mark.parametrize("flush_ms", [20, 500])
def test_a_strike_follows_its_record_through_a_slow_flush(adas_rig: DoorRig, disk: Disk, flush_ms: int) -> None:
    adas_rig.start_online(environment=disk.environment)
    disk.be_late(flush_ms)
    began_at = time.monotonic()
    adas_rig.swipe("front", ADA)
    adas_rig.wait_for(lambda: adas_rig.strike_states(FLOOR), what="release")
    waited = time.monotonic() - began_at
    recorded = [leaf.outcome for leaf in adas_rig.records(RecordKind.DECISION)]

    assert waited >= flush_ms / 1000
    assert recorded == [Outcome.GRANTED]
    assert adas_rig.count(RecordKind.NOT_RELEASED) == 0


def test_two_doors_share_a_slow_flush_and_rex_waits_for_none(rig: DoorRig, disk: Disk) -> None:
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR, SERVER_ROOM))
    rig.start_online(environment=disk.environment)
    disk.be_late(4000)
    flushed = len(disk.flushes())
    rig.swipe("vault", ADA)
    leave_by_rex(rig)
    rig.swipe("front", ADA)
    rig.wait_for(lambda: rig.strike_states(SERVER_ROOM), what="release of the vault")
    decided = rig.wait_for_decisions(2)
    flushes = [each for each in disk.flushes()[flushed:] if each.what == "flush"]
    moves = [change["strike"] for change in rig.board_changes() if "strike" in change and not change.get("initial")]

    assert moves[:2] == [FLOOR, FLOOR]
    assert {leaf.outcome for leaf in decided} == {Outcome.GRANTED}
    assert len(flushes) <= 4


def test_an_anchor_whose_disk_hangs_holds_up_no_swipe(adas_rig: DoorRig, anchor_disk: Disk) -> None:
    adas_rig.start_online(environment=anchor_disk.environment)
    flushed = len(anchor_disk.flushes())
    anchor_disk.be_late(600_000)
    for _ in range(3):
        swipe_and_pass(adas_rig, "front", ADA)

    assert len(anchor_disk.flushes()) <= flushed + 1  # one may have been under way


def test_an_anchor_whose_flush_fails_is_written_anew_and_nobody_is_denied(
    adas_rig: DoorRig, anchor_disk: Disk
) -> None:
    adas_rig.start_online(environment=anchor_disk.environment)
    anchor_disk.fail_once()
    swipe_and_pass(adas_rig, "front", ADA)
    adas_rig.wait_for(lambda: "anchor_not_written" in adas_rig.log(), what="the warning")
    adas_rig.stop()

    path = adas_rig.state / "audit.db"
    found = stored(path, load_signer(adas_rig.state / "keys" / "log.pem", log_key_name(CONTROLLER)))
    assert read_anchor(anchor_beside(path)) == LogMark(found.epoch, found.size, found.root)
    assert_failed_handles_are_left_alone(anchor_disk)


def test_a_disk_that_is_full_for_log_and_anchor_loses_nothing_that_was_acknowledged(
    adas_rig: DoorRig, whole_disk: Disk
) -> None:
    adas_rig.start_online(environment=whole_disk.environment)
    swipe_and_pass(adas_rig, "front", ADA)
    whole_disk.be_full()
    leave_by_rex(adas_rig)
    adas_rig.wait_for(lambda: "audit_failed" in adas_rig.log(), what="the alarm")
    whole_disk.be_well()
    swipe_and_pass(adas_rig, "front", ADA)
    adas_rig.stop()
    adas_rig.start_online()
    adas_rig.stop()

    assert adas_rig.count(RecordKind.LOG_RECOVERED) == 0
    assert_the_log_holds_together(adas_rig)
