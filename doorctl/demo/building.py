"""A whole site in one temporary folder: a broker, the four processes, simulated readers and board, an admin."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from doorctl.cli.trial.json_socket import JsonSocket, Values, json_socket
from doorctl.demo.witness import BoardWitness, LogWitness, wait_for
from doorctl.errors import DoorctlError
from doorctl.mqtt.local_broker import BrokerKind, LocalBroker
from doorctl.places import RunSocket, StateFile
from firmware_bridge.reader_protocol import Indication

SITE = "demo"
TIMEZONE = "Europe/Paris"
COMMAND_SECONDS = 30.0
STOP_SECONDS = 5.0
SHORT_AND_PATIENT = "unlock_seconds = 1.0\nlate_seconds = 10.0"
"""Nobody walks through, and on a busy computer a record may take longer than people wait at a door."""
PROCESSES = ("hub", "keeper", "link", "readers", "door")


class Building:
    """Sets a site up and runs it; everything it started ends with it."""

    def __init__(
        self,
        *,
        patience: float,
        broker_kind: BrokerKind | None = None,
        environment: Mapping[str, str] | None = None,
        wired: Callable[[str], str] | None = None,
    ) -> None:
        """Make the folder; nothing runs yet. ``patience`` is how long anything may take, in seconds.

        ``environment`` is what its processes get beside that of this one, ``wired`` puts what the controller drives
        into its configuration file.
        """
        self.patience = patience
        self._environment = environment or {}
        self._wired = wired or (lambda config: config)
        self.folder = Path(tempfile.mkdtemp(prefix="doorctl-demo-"))
        self.site = self.folder / "site"
        self.broker = LocalBroker(self.folder, kind=broker_kind)
        self.board = BoardWitness(self.site / "controller" / "run" / "board.sock")
        self.log = LogWitness(self.site / "controller" / "state" / StateFile.AUDIT_LOG)
        self.swipes: list[tuple[str, str]] = []
        self.denied_at: dict[str, float] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Use it in a with statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process and remove the folder."""
        self.board.close()
        for name in reversed(list(self._children)):
            self.stop(name)
        self.broker.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def controller_config(self) -> Path:
        """The controller's configuration file."""
        return self.site / "controller" / "controller.toml"

    @property
    def admin_config(self) -> Path:
        """The admin's configuration file."""
        return self.site / "admin" / "admin.toml"

    def set_up(self) -> None:
        """Do what a first installation does: init, join, trust."""
        host, port = self.broker.address
        version = "4" if self.broker.kind is BrokerKind.AMQTT else "5"
        broker = ["--broker", f"mqtt://{host}:{port}", "--mqtt-version", version]
        self.doorctl("init", SITE, "--dir", str(self.site), "--timezone", TIMEZONE, "--no-passphrase", *broker)
        text = self.controller_config.read_text()
        self.controller_config.write_text(self._wired(text).replace("unlock_seconds = 5.0", SHORT_AND_PATIENT))
        code = self.doorctl("join", "--config", str(self.controller_config)).strip()
        trust = [f"--trust={self.site / place / StateFile.TRUST}" for place in ("hub/state", "admin")]
        self.doorctl("trust", "add-controller", code, "--root", str(self.site / "root-1"), *trust)

    def hire(self, name: str, *, role: str) -> Path:
        """Let another admin join, in a folder of their own; the hub knows them a moment later.

        Returns their configuration file. Raises DoorctlError.
        """
        folder = self.site / name
        code = self.doorctl(
            "admin", "join", name, "--like", str(self.admin_config), "--dir", str(folder), "--no-passphrase"
        )
        trust = [f"--trust={self.site / place / StateFile.TRUST}" for place in ("hub/state", "admin", name)]
        self.doorctl(
            "trust", "add-admin", code.split()[-1], "--role", role, "--root", str(self.site / "root-1"), *trust
        )
        return folder / "admin.toml"

    def start(self, name: str) -> None:
        """Start one of the processes."""
        config = self.site / "hub" / "hub.toml" if name == "hub" else self.controller_config
        self._run(name, ["simulate", "readers"] if name == "readers" else [name], config)

    def _run(self, name: str, words: list[str], config: Path) -> None:
        with self.log_file(name).open("ab") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "doorctl", *words, "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**_environment(), **self._environment},
            )

    def stop(self, name: str) -> None:
        """End a process in good order, or without if it does not obey."""
        child = self._children.pop(name, None)
        if child is None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def kill(self, name: str) -> None:
        """End a process at once."""
        child = self._children.pop(name)
        child.kill()
        child.wait()

    def is_running(self, name: str) -> bool:
        """Tell whether a process runs."""
        return name in self._children and self._children[name].poll() is None

    def log_file(self, name: str) -> Path:
        """Return where a process writes what it says."""
        return self.folder / f"{name}.log"

    def doorctl(self, *words: str, typed: str = "", may_end_with: Collection[int] = (0,)) -> str:
        """Run a command to its end and return what it printed. Raises DoorctlError with what it complained of.

        ``typed`` is its standard input.
        """
        finished = subprocess.run(
            [sys.executable, "-m", "doorctl", *words],
            input=typed,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS + self.patience,
            env=_environment() | {"DOORCTL_CONFIG": str(self.admin_config)},
            check=False,
        )
        if finished.returncode not in may_end_with:
            raise DoorctlError(f"doorctl {words[0]} ended with {finished.returncode}: {finished.stderr.strip()}")
        return finished.stdout

    def admin(self, *words: str, typed: str = "", may_end_with: Collection[int] = (0,)) -> str:
        """Run an admin's or auditor's command, which waits for the hub. Raises DoorctlError."""
        return self.doorctl(*words, "--timeout", str(self.patience), typed=typed, may_end_with=may_end_with)

    def wait_until_ready(self, *, after: int = -1) -> None:
        """Wait until readers answer, the board is watched, and keys have come; ``after`` is the newest old record.

        Raises NotSeen, and DoorctlError as soon as a process has ended that should run.
        """

        def is_ready() -> bool | None:
            self._check_that_all_run()
            self.board.look()
            kinds = {record.kind for record in self.log.records(after=after)}
            keys = self.site / "controller" / "state" / StateFile.CARD_KEYS
            return True if self.board.changes and "reader_online" in kinds and keys.exists() else None

        wait_for(is_ready, what="the controller to be ready", seconds=2 * self.patience)

    def _check_that_all_run(self) -> None:
        for name, child in self._children.items():
            if child.poll() is not None:
                said = self.log_file(name).read_text().splitlines() or ["nothing"]
                raise DoorctlError(f"the process {name} has ended with {child.returncode}; it said last: {said[-1]}")

    def swipe(self, reader: str, card: str) -> float:
        """Have a simulated reader read a card; return the moment on CLOCK_MONOTONIC. Raises DoorctlError."""
        return self._wish({"do": "swipe", "reader": reader, "card": card})

    def press(self, reader: str, keys: str) -> float:
        """Press keys of a simulated reader; return the moment on CLOCK_MONOTONIC. Raises DoorctlError."""
        return self._wish({"do": "press", "reader": reader, "keys": keys})

    def key_in(self, reader: str, keys: str) -> None:
        """Press keys one after the other, as people do: each once the one before has sounded. Raises DoorctlError."""
        with self._simulator() as simulator:
            for key in keys:
                simulator.send({"do": "press", "reader": reader, "keys": key})
                next(line for line in simulator.received() if _sounds(line, reader))

    def wait_until_shown(self, reader: str, indication: Indication, *, after: Callable[[], None]) -> None:
        """Do something, and wait until a simulated reader shows the light of this. Raises DoorctlError."""
        told = {"reader": reader, "shows": asdict(replace(indication, buzzer_ms=0))}
        with self._simulator() as simulator:
            after()
            if not any(line.items() >= told.items() for line in simulator.received()):
                raise DoorctlError("the simulated readers hung up")

    def _simulator(self) -> AbstractContextManager[JsonSocket]:
        path = self.controller_config.parent / "run" / RunSocket.SIMULATOR
        return json_socket(path, start="doorctl simulate readers", seconds=self.patience)

    def _wish(self, wish: Values) -> float:
        self.board.look()
        with self._simulator() as simulator:
            began = time.monotonic()
            simulator.send(wish)
            for line in simulator.received():
                if "ok" in line:
                    return began
                if "error" in line:
                    raise DoorctlError(str(line["error"]))
        raise DoorctlError("the simulated readers hung up")


def _sounds(line: Values, reader: str) -> bool:
    """Tell whether a reader sounds and shows no light: so does a key."""
    shown = line.get("shows")
    return line.get("reader") == reader and isinstance(shown, dict) and not shown.get("led")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DOORCTL_")}
