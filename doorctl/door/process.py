"""The door process: starts on its board with its log, ends in good order. It opens no network socket of any kind."""

from pathlib import Path

from doorctl import journal
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.audit.log_time import newest_record_time
from doorctl.audit.quota import Quota
from doorctl.audit.state import ConfigSeen, read_memory
from doorctl.audit.writer import AuditWriter
from doorctl.clock import WallClock, boot_id
from doorctl.config import resolve
from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import (
    DoorConfig,
    fingerprint_of,
    layout_of,
    read_door_config,
    refuse_pseudo_terminals,
)
from doorctl.door.foundation import Foundation
from doorctl.door.garbage import put_search_off
from doorctl.door.inputs.guarded_board import GuardedBoard
from doorctl.door.recorder import Recorder
from doorctl.door.statements import Statements
from doorctl.door.technician.live_view import LiveView
from doorctl.door.wiring import loop_of
from doorctl.errors import BoardUnusable, KeyFileError
from doorctl.keys.identity import load_signer, log_key_name
from doorctl.places import KeyFile, RunFile, StateFile
from doorctl.sole import sole
from doorctl.supervisor import Supervisor
from hardware.board import Board, BoardError, BoardKind
from hardware.make_board import make_board
from hardware.rest_file import remove_rest, write_rest


def run(config_path: Path, *, lab: bool = False) -> int:
    """Run the door process until SIGTERM; return the exit code. Raises DoorctlError."""
    config = read_door_config(config_path, lab=lab)
    if config.board.kind is not BoardKind.SIMULATED and not lab:
        refuse_pseudo_terminals(config, config_path)
    with sole("door", resolve(config_path, config.controller.state_dir)):
        _run_on_board(config, config_path)
    return 0


def _run_on_board(config: DoorConfig, config_path: Path) -> None:
    rest = resolve(config_path, config.controller.runtime_dir) / RunFile.STRIKES
    try:
        board = _board_of(config, config_path)
        if config.board.kind is not BoardKind.SIMULATED:
            write_rest(rest, layout_of(config.door, config.board, config.elevator))
        board.open()
    except BoardError as error:
        raise BoardUnusable(str(error)) from error
    try:
        _run_with(board, config, config_path)
    finally:
        board.close()
        remove_rest(rest)


def _run_with(board: Board, config: DoorConfig, config_path: Path) -> None:
    audit_db = resolve(config_path, config.controller.state_dir) / StateFile.AUDIT_LOG
    clock = WallClock(not_before=newest_record_time(audit_db))
    memory = read_memory(audit_db)
    statements = Statements(clock)
    log = _log_at(audit_db, config, statements)
    live = LiveView()
    writer = AuditWriter(log, overhear=live.committed)
    recorder = Recorder(writer, statements)
    supervisor = Supervisor()
    writer.start()
    _tell_of_start(recorder, config.controller.name, config_path, before=memory.config)
    loop = loop_of(
        Foundation(
            config,
            config_path,
            board=GuardedBoard(board, recorder, overhear=live.strike),
            log=log,
            writer=writer,
            recorder=recorder,
            statements=statements,
            clock=clock,
            memory=memory,
            turned=supervisor.turned,
            live=live,
        )
    )
    loop.stop_on_signals()
    put_search_off()
    loop.run()
    supervisor.stopping()
    board.close()  # first: a disk that hangs must not keep a strike released
    recorder.record(RecordKind.STOP)
    if writer.stop():
        journal.say("stop", process="door")
    else:
        journal.say("stop_unfinished", journal.Level.ALARM, why="the disk holds up the last records")


def _tell_of_start(recorder: Recorder, controller: str, config_path: Path, *, before: str) -> None:
    """Record the start, and a configuration that is another than ``before``, at the last one (if there was one)."""
    fingerprint = fingerprint_of(config_path)
    recorder.record(RecordKind.BOOT, f"config={fingerprint}", remembered=(ConfigSeen(fingerprint),))
    if before not in ("", fingerprint):
        recorder.record(RecordKind.CONFIG_CHANGED, f"config={fingerprint} before={before}")
    journal.say("start", process="door", controller=controller, config=fingerprint)


def _log_at(audit_db: Path, config: DoorConfig, statements: Statements) -> AuditLog:
    controller, audit = config.controller, config.audit
    try:
        signer = load_signer(audit_db.parent / StateFile.KEYS / KeyFile.LOG, log_key_name(controller.name))
    except KeyFileError as error:
        raise KeyFileError(f"{error}; a controller's keys are made by `doorctl join`") from error
    identity = LogIdentity(controller.site, controller.name, boot_id(), signer)
    quota = Quota(audit.records, audit.disk_percent, audit.keep_days)
    return AuditLog(audit_db, identity, draft=statements.draft, quota=quota)


def _board_of(config: DoorConfig, config_path: Path) -> Board:
    board = config.board
    return make_board(
        board.kind,
        layout_of(config.door, board, config.elevator),
        changes=resolve(config_path, board.changes) if board.changes else None,
        socket=resolve(config_path, board.socket) if board.socket else None,
    )
