"""The door process: wires readers, rules, log and board together. It opens no network socket of any kind."""

import gc
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from doorctl import journal
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.audit.log_time import newest_record_time
from doorctl.audit.quota import Quota
from doorctl.audit.state import ConfigSeen, Memory, OrderAnswered, read_memory
from doorctl.audit.writer import AuditWriter
from doorctl.clock import WallClock, boot_id
from doorctl.config import resolve
from doorctl.core.machines.door_state import DoorState
from doorctl.core.records import RecordKind
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.bell_line import BellLine
from doorctl.door.config.door_config import (
    DoorConfig,
    indicators_of,
    interlock_of,
    layout_of,
    read_door_config,
    refuse_pseudo_terminals,
    settings_of,
    signatures_of,
    spec_of,
)
from doorctl.door.doorway import Doorway
from doorctl.door.hub_watch import HubWatch
from doorctl.door.inputs.feedback import feedback_of
from doorctl.door.inputs.guarded_board import GuardedBoard
from doorctl.door.inputs.inputs import DoorInputs
from doorctl.door.inputs.signals import Signals
from doorctl.door.interlock import Interlock
from doorctl.door.loop import DoorLoop
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.orders.orders import Orders
from doorctl.door.policy.erasures import Erasures
from doorctl.door.policy.policy_desk import Files, PolicyDesk
from doorctl.door.policy.policy_watch import PolicyWatch, RosterRecords
from doorctl.door.policy.standing import Standing
from doorctl.door.policy.trust_watch import TrustWatch
from doorctl.door.reader_events import ReaderEvents
from doorctl.door.recorder import Recorder
from doorctl.door.statements import Statements
from doorctl.door.surroundings import Surroundings
from doorctl.errors import BoardUnusable, KeyFileError
from doorctl.keys.identity import decode_public, load_signer, log_key_name
from doorctl.places import KeyFile, RunSocket, StateFile
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rosters import RosterBook
from doorctl.sole import sole
from doorctl.wire.bell import CarriedOut
from firmware_bridge.reader_line import ReaderLine, open_line
from hardware.board import Board, BoardError, BoardKind
from hardware.debounce import Debouncer
from hardware.make_board import make_board


def run(config_path: Path, *, lab: bool = False) -> int:
    """Run the door process until SIGTERM; return the exit code. Raises DoorctlError."""
    config = read_door_config(config_path, lab=lab)
    if config.board.kind is not BoardKind.SIMULATED and not lab:
        refuse_pseudo_terminals(config, config_path)
    with sole("door", resolve(config_path, config.controller.state_dir)):
        _run_on_board(config, config_path)
    return 0


def _run_on_board(config: DoorConfig, config_path: Path) -> None:
    try:
        board = _board_of(config, config_path)
        board.open()
    except BoardError as error:
        raise BoardUnusable(str(error)) from error
    try:
        _run_with(board, config, config_path)
    finally:
        board.close()


def _run_with(board: Board, config: DoorConfig, config_path: Path) -> None:
    audit_db = resolve(config_path, config.controller.state_dir) / StateFile.AUDIT_LOG
    clock = WallClock(not_before=newest_record_time(audit_db))
    memory = read_memory(audit_db)
    statements = Statements(clock)
    log = _log_at(audit_db, config, statements)
    writer = AuditWriter(log)
    recorder = Recorder(writer, statements)
    writer.start()
    _tell_of_start(recorder, config.controller.name, config_path, before=memory.config)
    loop = _loop_of(
        config,
        config_path,
        board=GuardedBoard(board, recorder),
        log=log,
        writer=writer,
        recorder=recorder,
        statements=statements,
        clock=clock,
        memory=memory,
    )
    loop.stop_on_signals()
    gc.collect()
    gc.freeze()
    loop.run()
    board.close()  # first: a disk that hangs must not keep a strike released
    recorder.record(RecordKind.STOP)
    if writer.stop():
        journal.say("stop", process="door")
    else:
        journal.say("stop_unfinished", journal.Level.ALARM, why="the disk holds up the last records")


def _tell_of_start(recorder: Recorder, controller: str, config_path: Path, *, before: str) -> None:
    """Record the start, and a configuration that is another than ``before``, at the last one (if there was one)."""
    fingerprint = hashlib.sha256(config_path.read_bytes()).hexdigest()[:16]
    recorder.record(RecordKind.BOOT, f"config={fingerprint}", remembered=ConfigSeen(fingerprint))
    if before not in ("", fingerprint):
        recorder.record(RecordKind.CONFIG_CHANGED, f"config={fingerprint} before={before}")
    journal.say("start", process="door", controller=controller, config=fingerprint)


def _loop_of(
    config: DoorConfig,
    config_path: Path,
    *,
    board: GuardedBoard,
    log: AuditLog,
    writer: AuditWriter,
    recorder: Recorder,
    statements: Statements,
    clock: WallClock,
    memory: Memory,
) -> DoorLoop:
    state_dir = resolve(config_path, config.controller.state_dir)
    card_keys = CardKeyFile(state_dir / StateFile.CARD_KEYS)
    desk = PolicyDesk(_files_of(config, config_path, card_keys=card_keys, log=log, clock=clock, memory=memory))
    lines = _lines_of(config, config_path)
    signals = _signals_of(config, board, lines)
    around = _surroundings_of(
        desk,
        board=board,
        log=log,
        writer=writer,
        signals=signals,
        statements=statements,
        wrong_pins=WrongPinBook(memory.wrong_pins, at=clock.now()),
        interlock=Interlock(interlock_of(config.door)),
    )
    doorways = _doorways_of(config, around)
    watch, each_second = _watch_of(
        doorways, around, desk=desk, log=log, writer=writer, recorder=recorder, clock=clock, memory=memory
    )
    desk.start(watch)
    return DoorLoop(
        writer=writer,
        lines=lines,
        board=board,
        doorways=tuple(doorways.values()),
        inputs=_inputs_of(config, doorways),
        reader_events=_reader_events_of(
            config, doorways, card_keys, recorder, clock=clock, room=around.room, sound_key=signals.sound_key
        ),
        signals=signals,
        policy_desk=desk,
        clock=clock,
        recorder=recorder,
        each_second=each_second,
    )


def _watch_of(
    doorways: Mapping[str, Doorway],
    around: Surroundings,
    *,
    desk: PolicyDesk,
    log: AuditLog,
    writer: AuditWriter,
    recorder: Recorder,
    clock: WallClock,
    memory: Memory,
) -> tuple[PolicyWatch, Sequence[Callable[[], None]]]:
    """Return who takes the desk's news, and what is to be called each second for it."""
    statements = around.statements
    roster_records = RosterRecords(statements, writer.submit)
    erasures = Erasures(writer, log, statements=statements, erased=memory.erased, submit=writer.submit)
    hub_watch = HubWatch(recorder, writer, log, room=around.room)
    orders = _orders_of(doorways, around, answered=memory.orders, tell=desk.tell_keeper, clock=clock)
    watch = PolicyWatch(
        doorways,
        recorder,
        roster_records=roster_records,
        deny_list=around.deny_list,
        carry_out=orders.take,
        erase=erasures.take,
        hear=hub_watch.take,
    )
    return watch, (roster_records.try_again, erasures.try_again, hub_watch.tick)


def _surroundings_of(
    desk: PolicyDesk,
    *,
    board: GuardedBoard,
    log: AuditLog,
    writer: AuditWriter,
    signals: Signals,
    statements: Statements,
    wrong_pins: WrongPinBook,
    interlock: Interlock,
) -> Surroundings:
    return Surroundings(
        ask=desk.ask,
        position=lambda: desk.position,
        submit=writer.submit,
        drive=board.drive,
        signal=lambda door, name: signals.show(door, name, time.monotonic()),
        statements=statements,
        deny_list=DenyList(),
        wrong_pins=wrong_pins,
        interlock=interlock,
        room=lambda: log.has_room_for_floods,
    )


def _orders_of(
    doorways: Mapping[str, Doorway],
    around: Surroundings,
    *,
    answered: Mapping[str, tuple[OrderAnswered, int]],
    tell: Callable[[CarriedOut], None],
    clock: WallClock,
) -> Orders:
    return Orders(
        doorways,
        deny_list=around.deny_list,
        answered=answered,
        statements=around.statements,
        submit=around.submit,
        tell=tell,
        position=around.position,
        clock=clock.now,
    )


def _files_of(
    config: DoorConfig,
    config_path: Path,
    *,
    card_keys: CardKeyFile,
    log: AuditLog,
    clock: WallClock,
    memory: Memory,
) -> Files:
    controller = config.controller
    state_dir = resolve(config_path, controller.state_dir)
    rosters = RosterBook(signatures=signatures_of(config.door), accepted=memory.rosters)
    root_keys = [decode_public(key) for key in controller.root_keys]
    return Files(
        policy=PolicyReader(state_dir / StateFile.POLICY, rosters=rosters),
        rosters=rosters,
        trust=TrustWatch(state_dir / StateFile.TRUST, site=controller.site, root_keys=root_keys),
        card_keys=card_keys,
        standing=Standing(
            clock,
            fork_mark=state_dir / StateFile.FORK_MARK,
            is_disk_almost_full=lambda: log.is_disk_almost_full,
        ),
        bell=BellLine(resolve(config_path, controller.runtime_dir) / RunSocket.BELL),
        doors=tuple(door.id for door in config.door),
        strict_zones={door.id: door.strict_zone for door in config.door if door.strict_zone is not None},
    )


def _doorways_of(config: DoorConfig, around: Surroundings) -> dict[str, Doorway]:
    return {
        door.id: Doorway(
            door.id,
            DoorState(settings_of(door)),
            late_seconds=door.late_seconds,
            around=around,
            strict_zone=door.strict_zone,
        )
        for door in config.door
    }


def _inputs_of(config: DoorConfig, doorways: Mapping[str, Doorway]) -> DoorInputs:
    inputs = layout_of(config.door, config.board.fire).inputs
    return DoorInputs(Debouncer(inputs), doorways, {door.id: door.unlock_seconds for door in config.door})


def _reader_events_of(
    config: DoorConfig,
    doorways: Mapping[str, Doorway],
    card_keys: CardKeyFile,
    recorder: Recorder,
    *,
    clock: WallClock,
    room: Callable[[], bool],
    sound_key: Callable[[str], None],
) -> ReaderEvents:
    door_of = {reader: doorways[door.id] for door in config.door for reader in door.readers}
    return ReaderEvents(door_of, card_keys, recorder, clock=clock.now, room=room, sound_key=sound_key)


def _log_at(audit_db: Path, config: DoorConfig, statements: Statements) -> AuditLog:
    controller, audit = config.controller, config.audit
    try:
        signer = load_signer(audit_db.parent / StateFile.KEYS / KeyFile.LOG, log_key_name(controller.name))
    except KeyFileError as error:
        raise KeyFileError(f"{error}; a controller's keys are made by `doorctl join`") from error
    identity = LogIdentity(controller.site, controller.name, boot_id(), signer)
    quota = Quota(audit.records, audit.disk_percent, audit.keep_days)
    return AuditLog(audit_db, identity, draft=statements.draft, quota=quota)


def _lines_of(config: DoorConfig, config_path: Path) -> list[ReaderLine]:
    return [open_line(spec_of(line, config_path)) for line in config.line]


def _signals_of(config: DoorConfig, board: GuardedBoard, lines: list[ReaderLine]) -> Signals:
    line_of = {reader: line for line in lines for reader in line.readers}
    return Signals(
        board,
        {door.id: indicators_of(door) for door in config.door},
        {door.id: door.readers for door in config.door},
        indicate=lambda reader, indication: line_of[reader].indicate(reader, indication),
        feedback=feedback_of(config.feedback),
    )


def _board_of(config: DoorConfig, config_path: Path) -> Board:
    board = config.board
    return make_board(
        board.kind,
        layout_of(config.door, board.fire),
        changes=resolve(config_path, board.changes) if board.changes else None,
        socket=resolve(config_path, board.socket) if board.socket else None,
    )
