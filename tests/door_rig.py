"""A door process on a simulated board with simulated readers: what tests and benchmarks drive from outside."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.database import open_reader, open_writer
from doorctl.keys import load_card_keys, new_card_keys, new_signing_key
from doorctl.messages import Change, Put
from doorctl.policy.apply import apply_changes, chain_after, position_of
from doorctl.policy.rows import CredentialRow, DoorRow, GrantRow, HolderRow, Row, SiteRow, ZoneRow
from doorctl.policy.schema import migrate
from firmware_bridge.reader_options import ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.simulated_reader import SimulatedReader

ADA, GRACE, STRANGER = "H10301:1:1001", "H10301:1:1002", "H10301:9:9999"
FLOOR, SERVER_ROOM = "floor-3", "server-room"
WAIT_SECONDS = 10.0

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

[[door]]
id = "server-room"
readers = ["vault"]
strike = {{ pin = 18, active = "high" }}
lock = "fail-secure"
on_process_loss = "secured"
egress = "hardware"
unlock_seconds = {unlock_seconds}
"""

BUILDING: tuple[Row, ...] = (
    SiteRow(id="hq", timezone="Europe/Paris"),
    ZoneRow(id=FLOOR, kind=ZoneKind.FLOOR),
    ZoneRow(id=SERVER_ROOM, kind=ZoneKind.SERVER_ROOM),
    DoorRow(id=FLOOR, zone=FLOOR),
    DoorRow(id=SERVER_ROOM, zone=SERVER_ROOM),
)


class DoorRig:
    """A folder with everything a door needs, its reader's other end, and the process itself."""

    def __init__(self, folder: Path, *, unlock_seconds: float = 0.3, config: str = CONFIG) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.run_dir = folder / "run"
        self.config_path = folder / "controller.toml"
        for path in (self.state / "keys", self.run_dir):
            path.mkdir(parents=True, exist_ok=True)
        self.config_path.write_text(config.format(root="A" * 43, unlock_seconds=unlock_seconds))
        new_signing_key(self.state / "keys" / "log.pem")
        new_card_keys(self.state / "card.keys")
        self.card_keys = load_card_keys(self.state / "card.keys")
        self.reader = SimulatedReader(
            ReaderSpec(
                "lobby",
                ReaderKind.BRIDGE,
                str(self.run_dir / "lobby"),
                wiegand={0: ReaderOptions("front"), 1: ReaderOptions("vault")},
            )
        )
        self.process: subprocess.Popen[bytes] | None = None

    def write_policy(self, rows: Sequence[Row] = (), *, name: str = "policy-one.db") -> None:
        """Make policy.db with the building and these rows, and lead the link to it."""
        path = self.state / name
        connection = open_writer(path)
        migrate(connection, site="hq")
        self.change_policy(connection, [*BUILDING, *rows])
        connection.close()
        link = self.state / "policy.db"
        link.unlink(missing_ok=True)
        link.symlink_to(name)

    def change_policy(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Apply rows as the next revision."""
        position = position_of(connection)
        change = msgspec.Raw(
            msgspec.json.encode(
                Change(revision=position.revision + 1, at=0, operations=tuple(Put(row) for row in rows))
            )
        )
        connection.execute("BEGIN IMMEDIATE")
        apply_changes(connection, [change], epoch=1, chain=chain_after(position.chain, bytes(change)).hex())
        connection.execute("COMMIT")

    def a_holder(self, name: str, card: str, *zones: str) -> tuple[Row, ...]:
        """Give the rows of a holder with a card and grants."""
        return (
            HolderRow(id=name),
            CredentialRow(key=self.card_keys.credential_key(card), holder=name),
            *(GrantRow(id=f"{name}-{zone}", zone=zone, holder=name) for zone in zones),
        )

    def start(self, *prefix: str, environment: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start the door and serve its reader until it is online."""
        log = (self.folder / "door.log").open("ab")
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "doorctl", "door", "--config", str(self.config_path)],
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=os.environ | (environment or {}),
        )
        log.close()
        return self.process

    def wait_until_online(self) -> None:
        """Wait until the door has recorded that its readers answer."""
        self.wait_for(lambda: self.has_record(RecordKind.READER_ONLINE, after_boot=True), what="reader online")

    def start_online(self, *prefix: str, environment: dict[str, str] | None = None) -> None:
        """Start the door and wait until its readers are online."""
        boots = self.count(RecordKind.BOOT)
        self.start(*prefix, environment=environment)
        self.wait_for(lambda: self.count(RecordKind.BOOT) > boots, what="the door's start")
        self.wait_until_online()

    def stop(self) -> int:
        """End the door in good order."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=WAIT_SECONDS)

    def kill(self) -> None:
        """End the door as a power cut would, but for the disk's cache."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=WAIT_SECONDS)

    def close(self) -> None:
        """Leave nothing running."""
        self.kill()
        self.reader.unplug()

    def swipe(self, reader: str, card: str) -> None:
        """Present a card."""
        self.reader.swipe(reader, card)
        self.reader.serve(time.monotonic())

    def wait_for(self, question: Callable[[], T], *, what: str, seconds: float = WAIT_SECONDS) -> T:
        """Serve the reader until the question has a true answer."""
        deadline = time.monotonic() + seconds
        while not (answer := question()):
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

    def log(self) -> str:
        """Return what the door has written for the technician."""
        path = self.folder / "door.log"
        return path.read_text() if path.exists() else ""

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

    def records(self, kind: RecordKind | None = None) -> list[Leaf]:
        """Return what stands in audit.db."""
        leaves = [read_leaf(data) for (data,) in self._rows("SELECT leaf FROM records ORDER BY seq")]
        return [leaf for leaf in leaves if kind is None or leaf.kind is kind]

    def count(self, kind: RecordKind) -> int:
        """Count the records of a kind."""
        return len(self.records(kind))

    def has_record(self, kind: RecordKind, *, after_boot: bool = False) -> bool:
        """Tell whether there is such a record, since the last start if that is asked."""
        kinds = [leaf.kind for leaf in self.records()]
        if after_boot:
            if RecordKind.BOOT not in kinds:
                return False
            kinds = kinds[len(kinds) - 1 - kinds[::-1].index(RecordKind.BOOT) :]
        return kind in kinds

    def _rows(self, statement: str) -> Iterable[tuple[Any, ...]]:
        try:
            connection = open_reader(self.state / "audit.db")
            try:
                return connection.execute(statement).fetchall()
            finally:
                connection.close()
        except sqlite3.Error:
            return []
