"""What all parts of the door process stand on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from doorctl.audit.log import AuditLog
from doorctl.audit.state import Memory
from doorctl.audit.writer import AuditWriter
from doorctl.clock import WallClock
from doorctl.config import resolve
from doorctl.door.config.door_config import DoorConfig
from doorctl.door.inputs.guarded_board import GuardedBoard
from doorctl.door.loop_latency import LoopLatency
from doorctl.door.recorder import Recorder
from doorctl.door.statements import Statements
from doorctl.door.technician.live_view import LiveView
from doorctl.places import RunSocket


@dataclass(frozen=True, slots=True)
class Foundation:
    """What all other parts stand on: configuration, board, the log and its writer, and what was remembered."""

    config: DoorConfig
    config_path: Path
    board: GuardedBoard
    log: AuditLog
    writer: AuditWriter
    recorder: Recorder
    statements: Statements
    clock: WallClock
    memory: Memory
    turned: Callable[[], None] = lambda: None
    """Told by the loop, each second."""
    latency: LoopLatency = field(default_factory=LoopLatency)
    live: LiveView = field(default_factory=LiveView)

    @property
    def state_dir(self) -> Path:
        """Where the controller keeps its files."""
        return resolve(self.config_path, self.config.controller.state_dir)

    def socket(self, name: RunSocket) -> Path:
        """Return where a socket of the controller is."""
        return resolve(self.config_path, self.config.controller.runtime_dir) / name
