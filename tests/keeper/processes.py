"""A keeper as a process of its own, and a link for it that is driven by hand."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from doorctl.keeper.join import make_keys
from doorctl.keys.identity import encode_public
from doorctl.wire.courier import (
    MAX_PACKET_BYTES,
    Deliver,
    FromKeeper,
    FromLink,
    Handled,
    LinkConnected,
    Publish,
    decode_from_keeper,
    encode,
)
from doorctl.wire.topics import Channel
from tests.keeper.site import CONTROLLER, SITE, ASite

SECONDS = 60.0
_CONFIG = """\
[controller]
site = "{site}"
name = "{controller}"
root_keys = ["{root}"]

[link]
brokers = ["mqtt://127.0.0.1:{port}"]
mqtt_version = {version}
"""


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name (108 bytes)."""
    path = Path(tempfile.mkdtemp(prefix="dk-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def a_config(folder: Path, site: ASite, *, port: int = 1, version: int = 5) -> Path:
    """Write a controller's configuration and make its keys."""
    path = folder / "controller.toml"
    root = encode_public(site.root_keys[0])
    path.write_text(_CONFIG.format(site=SITE, controller=CONTROLLER, root=root, port=port, version=version))
    if not (folder / "state").exists():
        make_keys(folder / "state")
    return path


class AProcess:
    """One of doorctl's processes, started, stopped and killed by its pid."""

    def __init__(self, name: str, config: Path, *, prefix: Sequence[str] = ()) -> None:
        self._command = [*prefix, sys.executable, "-m", "doorctl", name, "--config", str(config)]
        self._log = config.parent / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "AProcess":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, env=os.environ | {"PYTHONWARNINGS": ""})

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Return the exit code of a process that ends by itself."""
        assert self._process is not None
        return self._process.wait(SECONDS)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class ALink:
    """A link driven by hand: it says what it is told to, and keeps what it hears."""

    def __init__(self, path: Path) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._sock.settimeout(SECONDS)
        until(lambda: self._connect(path), what="the keeper listens")
        self.published: list[Publish] = []
        self.handled: list[int] = []

    def __enter__(self) -> "ALink":
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def _connect(self, path: Path) -> bool:
        try:
            self._sock.connect(str(path))
        except OSError:
            return False
        return True

    def say(self, packet: FromLink) -> None:
        self.say_raw(encode(packet))

    def say_raw(self, data: bytes) -> None:
        self._sock.send(data)

    def hear(self) -> FromKeeper:
        data = self._sock.recv(MAX_PACKET_BYTES + 1)
        if not data:
            raise ConnectionError("the keeper is gone")
        packet = decode_from_keeper(data)
        match packet:
            case Publish():
                self.published.append(packet)
            case Handled(token):
                self.handled.append(token)
        return packet

    def connect_broker(self) -> None:
        self.say(LinkConnected())

    def deliver(self, token: int, channel: Channel, payload: bytes) -> None:
        """Deliver and wait until it is handled."""
        self.say(Deliver(token, channel, payload))
        while self.hear() != Handled(token):
            pass


def until(happens: Callable[[], bool], *, what: str) -> None:
    """Wait, within bounds, for something in another process."""
    deadline = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.002)
