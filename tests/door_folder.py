"""A folder with everything a door process needs, and the process: what tests and benchmarks drive from outside."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.core.records import RecordKind
from doorctl.database import open_reader, open_writer
from doorctl.keys.card_keys import load_card_keys, new_card_keys
from doorctl.keys.identity import new_signing_key
from doorctl.policy.apply import apply_changes, chain_after, position_of
from doorctl.policy.rows import Row
from doorctl.policy.schema import migrate
from doorctl.wire.messages import Change, Put

STOP_SECONDS = 60.0


class DoorFolder:
    """Keys, configuration, policy and log of one controller, and its door process."""

    def __init__(self, folder: Path, *, config: str) -> None:
        """Make the folder ready; ``config`` is the text of its configuration file, with fresh keys beside it."""
        self.folder = folder
        self.state = folder / "state"
        self.run_dir = folder / "run"
        self.config_path = folder / "controller.toml"
        for path in (self.state / "keys", self.run_dir):
            path.mkdir(parents=True, exist_ok=True)
        self.config_path.write_text(config)
        new_signing_key(self.state / "keys" / "log.pem")
        new_card_keys(self.state / "card.keys")
        self.card_keys = load_card_keys(self.state / "card.keys")
        self.process: subprocess.Popen[bytes] | None = None

    def write_policy(self, rows: Sequence[Row], *, name: str = "policy-one.db") -> None:
        """Make policy.db with these rows, and lead the link to it."""
        path = self.state / name
        connection = open_writer(path)
        migrate(connection, site="hq")
        self.change_policy(connection, rows)
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

    def start(
        self, *prefix: str, environment: dict[str, str] | None = None, journal: int | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start the door; ``prefix`` is a command that runs it."""
        log = (self.folder / "door.log").open("ab")
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "doorctl", "door", "--config", str(self.config_path)],
            stderr=log if journal is None else journal,
            stdin=subprocess.DEVNULL,
            env=os.environ | (environment or {}),
        )
        log.close()
        return self.process

    def stop(self) -> int:
        """End the door in good order."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS)

    def kill(self) -> None:
        """End the door as a power cut would, but for the disk's cache."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=STOP_SECONDS)

    def log(self) -> str:
        """Return what the door has written for the technician."""
        path = self.folder / "door.log"
        return path.read_text() if path.exists() else ""

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
