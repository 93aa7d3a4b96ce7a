"""The first look at the policy: the inputs' first sample waits for it, but nobody's way out for a disk that hangs."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.audit.state import read_memory
from doorctl.audit.writer import AuditWriter
from doorctl.clock import WallClock
from doorctl.core.modes import Mode
from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import layout_of, read_door_config
from doorctl.door.foundation import Foundation
from doorctl.door.inputs.guarded_board import GuardedBoard
from doorctl.door.loop import DoorLoop
from doorctl.door.recorder import Recorder
from doorctl.door.statements import Statements
from doorctl.door.wiring import loop_of
from doorctl.keys.identity import load_signer, log_key_name
from doorctl.policy.rows import DoorModeRow
from hardware.pins import StrikeState
from hardware.simulated_board import SimulatedBoard
from tests.audit.logs import CONTROLLER
from tests.door.watched_board import leave_by_rex
from tests.door_rig import FLOOR, DoorRig

UNLOCKED = DoorModeRow(FLOOR, FLOOR, Mode.UNLOCKED)


class NotedBoard(SimulatedBoard):
    """A board that notes what is done with it, and ends the loop after the first sample."""

    loop: DoorLoop
    done: list[str]

    def drive(self, strike: str, state: StrikeState) -> None:
        super().drive(strike, state)
        self.done.append(f"{strike} {state}")

    def sample(self) -> Mapping[str, bool]:
        self.done.append("sample")
        self.loop.stop()
        return super().sample()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DoorRig]:
    rig = DoorRig(tmp_path)
    yield rig
    rig.close()


def first_turns(rig: DoorRig) -> list[str]:
    """Start the loop in this process, and tell what is done at the board until its first sample."""
    config = read_door_config(rig.config_path, lab=False)
    board = NotedBoard(layout_of(config.door, config.board, config.elevator))
    board.done = []
    board.open()
    audit_db = rig.state / "audit.db"
    statements = Statements(WallClock())
    signer = load_signer(rig.state / "keys" / "log.pem", log_key_name(CONTROLLER))
    log = AuditLog(audit_db, LogIdentity("hq", CONTROLLER, "boot", signer), draft=statements.draft)
    writer = AuditWriter(log)
    recorder = Recorder(writer, statements)
    writer.start()
    base = Foundation(
        config,
        rig.config_path,
        board=GuardedBoard(board, recorder),
        log=log,
        writer=writer,
        recorder=recorder,
        statements=statements,
        clock=WallClock(),
        memory=read_memory(audit_db),
    )
    board.loop = loop_of(base)
    board.loop.run()
    board.close()
    writer.stop()
    board.loop._policy_desk.stop()  # a process just ends with it
    return board.done


def test_what_was_unlocked_is_so_again_before_the_first_sample(rig: DoorRig) -> None:
    rig.write_policy([UNLOCKED])
    rig.start_online()
    rig.wait_for(lambda: rig.strike_states(FLOOR) == ["released"], what="the unlocked door")
    rig.kill()

    assert first_turns(rig)[:2] == [f"{FLOOR} released", "sample"]


def test_a_policy_whose_disk_hangs_at_the_start_keeps_nobody_inside(rig: DoorRig) -> None:
    os.mkfifo(rig.state / "policy-that-hangs.db")
    (rig.state / "policy.db").symlink_to("policy-that-hangs.db")
    rig.start_online()

    leave_by_rex(rig)

    assert rig.count(RecordKind.POLICY_APPLIED) == 0
