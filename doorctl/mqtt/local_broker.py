"""A broker of one's own on loopback, as a child process: mosquitto if it is installed, else the embedded amqtt.

For the demo, for benchmarks and for tests; open to every local user, so never for a building. Tests also run
mosquitto with a configuration of their own.
"""

import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import partial
from pathlib import Path

from doorctl.errors import DoorctlError

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 5.0
PORTS = range(20_000, 32_768)
"""Below those that Linux gives to connections: one of them could take the port of a broker that is away."""

_SBIN = "/usr/sbin:/usr/local/sbin"  # where Debian has mosquitto, outside an ordinary user's PATH
_MOSQUITTO = """\
listener {port} {host}
allow_anonymous true
set_tcp_nodelay true
persistence false
max_packet_size {max_packet_bytes}
log_dest stderr
"""
_AMQTT_PLUGINS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


class BrokerKind(StrEnum):
    """Which broker; the text is its program or package."""

    MOSQUITTO = "mosquitto"
    AMQTT = "amqtt"


class NoBroker(DoorctlError):
    """No broker is installed, or it does not start."""


class LocalBroker:
    """A broker that is started, stopped, killed and started again on the same port; it keeps nothing on disk."""

    def __init__(
        self,
        folder: Path,
        *,
        kind: BrokerKind | None = None,
        max_packet_bytes: int = 1 << 18,
        mosquitto_conf: Callable[[int], str] | None = None,
    ) -> None:
        """Keep configuration and log in this folder; ``mosquitto_conf`` writes another one for a port.

        Raises NoBroker.
        """
        self.kind = kind or installed_kind()
        self.port = free_port()
        self._folder = folder
        self._mosquitto_conf = mosquitto_conf or partial(_open_to_all, max_packet_bytes=max_packet_bytes)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return HOST, self.port

    @property
    def log_file(self) -> Path:
        """What the broker has said."""
        return self._folder / f"broker-{self.port}.log"

    def start(self) -> None:
        """Start the broker and wait until it answers. Raises NoBroker."""
        if self.answers():
            raise NoBroker(f"something else listens on {HOST}:{self.port}")
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise NoBroker(f"{self.kind} did not start; see {self.log_file}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ask the broker to end, and wait for it; harmless when it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def reload(self) -> None:
        """Let mosquitto read its files again (SIGHUP); harmless when it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End the broker without asking (SIGKILL); harmless when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Start again on the same port, with nothing remembered. Raises NoBroker."""
        self.stop()
        self.start()

    def _command(self) -> list[str]:
        config = self._folder / f"broker-{self.port}.conf"
        if self.kind is BrokerKind.AMQTT:
            listeners = {"default": {"type": "tcp", "bind": f"{HOST}:{self.port}"}}
            config.write_text(json.dumps({"listeners": listeners, "plugins": _AMQTT_PLUGINS}))  # JSON is YAML
            return [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(config)]
        config.write_text(self._mosquitto_conf(self.port))
        return [_mosquitto() or BrokerKind.MOSQUITTO, "-c", str(config)]

    def answers(self) -> bool:
        """Tell whether something accepts connections at the broker's port."""
        try:
            socket.create_connection(self.address, timeout=0.2).close()
        except OSError:
            return False
        return True


def installed_kind() -> BrokerKind:
    """Return the best broker that is installed. Raises NoBroker."""
    if _mosquitto() is not None:
        return BrokerKind.MOSQUITTO
    if importlib.util.find_spec("amqtt") is not None:
        return BrokerKind.AMQTT
    raise NoBroker("no broker is installed: apt install mosquitto, or pip install 'doorctl[demo]'")


def free_port() -> int:
    """Return a port of loopback that nobody has now, nor is given to any connection. Raises NoBroker."""
    for port in secrets.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise NoBroker(f"every port from {PORTS.start} to {PORTS.stop - 1} is taken")


def _open_to_all(port: int, *, max_packet_bytes: int) -> str:
    return _MOSQUITTO.format(port=port, host=HOST, max_packet_bytes=max_packet_bytes)


def _mosquitto() -> str | None:
    return shutil.which(BrokerKind.MOSQUITTO, path=f"{os.environ.get('PATH', os.defpath)}:{_SBIN}")
