"""A door process on a simulated board with simulated readers: what tests of the door drive from outside."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from doorctl.audit.leaf import Leaf
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.policy.rows import CredentialRow, DoorRow, GrantRow, HolderRow, Row, SiteRow, ZoneRow
from firmware_bridge.reader_options import ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.simulated_reader import SimulatedReader
from tests.door_folder import DoorFolder

ADA, GRACE, STRANGER = "H10301:1:1001", "H10301:1:1002", "H10301:9:9999"
FLOOR, SERVER_ROOM = "floor-3", "server-room"
WAIT_SECONDS = 60.0

T = TypeVar("T")

CONFIG = """
[controller]
site = "hq"
name = "pi-3"
root_keys = ["{root}"]

[board]
kind = "simulated"
changes = "run/board.jsonl"
socket = "run/board.sock"

[[line]]
name = "lobby"
kind = "bridge"
port = "run/lobby"
simulated = true
[[line.reader]]
name = "front"
number = 0
formats = ["H10301"]
[[line.reader]]
name = "vault"
number = 1
formats = ["H10301"]

[[door]]
id = "floor-3"
readers = ["front"]
strike = {{ pin = 17, active = "high" }}
contact = {{ pin = 27, active = "high" }}
rex = {{ pin = 22, active = "low" }}
led_green = {{ pin = 5, active = "high" }}
lock = "fail-secure"
on_process_loss = "secured"
egress = "rex"
unlock_seconds = {unlock_seconds}
late_seconds = 10.0

[[door]]
id = "server-room"
readers = ["vault"]
strike = {{ pin = 18, active = "high" }}
lock = "fail-secure"
on_process_loss = "secured"
egress = "hardware"
unlock_seconds = {unlock_seconds}
late_seconds = 10.0
"""

BUILDING: tuple[Row, ...] = (
    SiteRow(id="hq", timezone="Europe/Paris"),
    ZoneRow(id=FLOOR, kind=ZoneKind.FLOOR),
    ZoneRow(id=SERVER_ROOM, kind=ZoneKind.SERVER_ROOM),
    DoorRow(id=FLOOR, zone=FLOOR),
    DoorRow(id=SERVER_ROOM, zone=SERVER_ROOM),
)


class DoorRig(DoorFolder):
    """A door process with two doors, and its readers' other end."""

    def __init__(
        self, folder: Path, *, unlock_seconds: float = 0.3, config: str = CONFIG, keypad: bool = False
    ) -> None:
        """Make the folder ready and plug the readers in; the one of the floor may have a keypad."""
        super().__init__(folder, config=config.format(root="A" * 43, unlock_seconds=unlock_seconds))
        self.reader = SimulatedReader(
            ReaderSpec(
                "lobby",
                ReaderKind.BRIDGE,
                str(self.run_dir / "lobby"),
                wiegand={0: ReaderOptions("front", keypad=keypad), 1: ReaderOptions("vault")},
            )
        )

    def write_policy(self, rows: Sequence[Row] = (), *, name: str = "policy-one.db") -> None:
        """Make policy.db with the building and these rows, and lead the link to it."""
        super().write_policy([*BUILDING, *rows], name=name)

    def a_holder(self, name: str, card: str, *zones: str) -> tuple[Row, ...]:
        """Give the rows of a holder with a card and grants."""
        return (
            HolderRow(id=name),
            CredentialRow(key=self.card_keys.credential_key(card), holder=name),
            *(GrantRow(id=f"{name}-{zone}", zone=zone, holder=name) for zone in zones),
        )

    def wait_until_online(self) -> None:
        """Wait until the door has recorded that its readers answer."""
        self.wait_for(lambda: self.has_record(RecordKind.READER_ONLINE, after_boot=True), what="reader online")

    def start_online(
        self, *prefix: str, environment: dict[str, str] | None = None, journal: int | None = None
    ) -> None:
        """Start the door and wait until its readers are online."""
        boots = self.count(RecordKind.BOOT)
        self.start(*prefix, environment=environment, journal=journal)
        self.wait_for(lambda: self.count(RecordKind.BOOT) > boots, what="the door's start")
        self.wait_until_online()

    def close(self) -> None:
        """Leave nothing running."""
        self.kill()
        self.reader.unplug()

    def swipe(self, reader: str, card: str) -> None:
        """Present a card."""
        self.reader.swipe(reader, card)
        self.reader.serve(time.monotonic())

    def wait_for(
        self, question: Callable[[], T | None], *, what: str, seconds: float = WAIT_SECONDS, silent: bool = False
    ) -> T:
        """Serve the reader, unless the line is to be silent, until the question has a true answer."""
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            if not silent:
                self.reader.serve(time.monotonic())
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the door ended while waiting for {what}: {self.log()[-2000:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}: {self.log()[-2000:]}")
            time.sleep(0.002)
        return answer

    def wait_for_decisions(self, number: int) -> list[Leaf]:
        """Wait until so many decisions are recorded; return them."""
        return self.wait_for(
            lambda: found if len(found := self.records(RecordKind.DECISION)) >= number else [],
            what=f"{number} decisions",
        )

    def board_changes(self) -> list[dict[str, Any]]:
        """Return what the board has done so far."""
        path = self.run_dir / "board.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def strike_states(self, door: str) -> list[str]:
        """Return the states a strike went through, without those at the starts."""
        return [
            change["state"]
            for change in self.board_changes()
            if change.get("strike") == door and not change.get("initial")
        ]
