"""The way out, whatever else hangs: the disk under the policy, the disk under the log, the technician's journal."""

import os
import select
import signal
from contextlib import closing, suppress
from pathlib import Path

from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.database import open_writer
from doorctl.policy.rows import ZoneRow
from tests.door.watched_board import rex_held
from tests.door_rig import ADA, FLOOR, DoorRig
from tests.shims.preloaded import Disk

HANG_MS = 600_000
"""Longer than anything is waited for here: what needs such a disk does not come."""


def assert_rex_releases_at_once(rig: DoorRig) -> None:
    before = len(rig.strike_states(FLOOR))
    with rex_held(rig):
        rig.wait_for(lambda: rig.strike_states(FLOOR)[before:] == ["released"], what="release by REX")


def test_rex_waits_for_no_read_of_the_policy(adas_rig: DoorRig, policy_disk: Disk) -> None:
    adas_rig.start_online(environment=policy_disk.environment)
    adas_rig.wait_for(lambda: adas_rig.has_record(RecordKind.POLICY_APPLIED), what="the first look")
    policy_disk.be_slow(HANG_MS)
    with closing(open_writer(adas_rig.state / "policy-one.db")) as policy:
        adas_rig.change_policy(policy, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM)])
    adas_rig.swipe("front", ADA)

    assert_rex_releases_at_once(adas_rig)
    assert adas_rig.count(RecordKind.DECISION) == 0


def test_a_strike_is_secured_at_the_stop_before_the_disk_is_waited_for(tmp_path: Path, disk: Disk) -> None:
    rig = DoorRig(tmp_path, unlock_seconds=60)
    try:
        rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
        rig.start_online(environment=disk.environment)
        rig.swipe("front", ADA)
        rig.wait_for(lambda: rig.count(RecordKind.RELEASED) == 1, what="the release")
        disk.be_late(HANG_MS)
        assert rig.process is not None
        rig.process.send_signal(signal.SIGTERM)
        rig.wait_for(lambda: rig.strike_states(FLOOR)[-1] == "secured", what="the strike secured")
    finally:
        rig.close()


def test_rex_waits_for_no_reader_of_the_journal(adas_rig: DoorRig) -> None:
    reader, writer = os.pipe()
    try:
        adas_rig.start_online(journal=writer)
        os.set_blocking(writer, False)
        with suppress(BlockingIOError):
            while os.write(writer, b"x" * select.PIPE_BUF):
                pass
        os.set_blocking(writer, True)
        (adas_rig.state / "policy.db").unlink()
        adas_rig.wait_for(lambda: adas_rig.count(RecordKind.POLICY_APPLIED) > 1, what="that there is no policy")

        assert_rex_releases_at_once(adas_rig)
    finally:
        adas_rig.close()
        os.close(reader)
        os.close(writer)
