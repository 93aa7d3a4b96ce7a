"""A Raspberry Pi 3B in QEMU: its power, its pins, its serial line, and a way to run commands in it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.pi.base import ROOT, base

WAIT_SECONDS = 240.0
KERNEL = "console=ttyS1,115200 iomem=relaxed maxcpus=1 8250.nr_uarts=2 panic=-1 net.ifnames=0 quiet"

EARLIER = -15
ADAPTERS = {"usb-1.2": "1.2", "usb-1.3": "1.3"}
"""Serial adapters by their places in the Pi's hub; each is plugged in while somebody is connected to its socket."""


class Emulator:
    """A Pi that is switched on; ``power_cut`` ends it at once."""

    def __init__(self, folder: Path, card: Path) -> None:
        """Switch it on; sockets and logs go to this folder, which must be new."""
        folder.mkdir()
        self.folder = folder
        self.trace = folder / "trace"
        self._calls = socket.create_server(("127.0.0.1", 0))
        self._calls.settimeout(WAIT_SECONDS)
        with (folder / "qemu.log").open("wb") as log:
            self._qemu = subprocess.Popen(self._command(card), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._debugger = socket.socket(socket.AF_UNIX)
        # QEMU listens for the debugger last; a socket that is there is not yet one that is listened at
        self._wait_for(lambda: self._debugger.connect_ex(str(folder / "gdb")) == 0, what="QEMU")
        self._start_one_core()
        watch = [sys.executable, "-m", "tests.pi.watch", str(folder / "qtest"), str(self.trace)]
        self._watch = subprocess.Popen(watch, cwd=ROOT, stdin=subprocess.PIPE, text=True)
        for process in (self._watch, self._qemu):
            with suppress(PermissionError):  # what looks at the pins goes before what works beside it, if it may
                os.setpriority(os.PRIO_PROCESS, process.pid, EARLIER)
        self._agent: socket.socket | None = None

    def drive(self, pin: int, level: int) -> None:
        """Put the wire of an input to a level."""
        self.assert_watched()
        assert self._watch.stdin
        self._watch.stdin.write(f"{'set' if level else 'clear'} {1 << pin}\n")
        self._watch.stdin.flush()

    def assert_watched(self) -> None:
        """Prove that the pins are still looked at."""
        assert self._watch.poll() is None

    def wait_until_up(self) -> float:
        """Wait until the Pi has called; return how many seconds that took."""
        begin = time.monotonic()
        try:
            self._agent = self._calls.accept()[0]
        except TimeoutError as error:
            raise AssertionError(f"the Pi did not come up; it said last: {self.console()[-2000:]}") from error
        self._agent.settimeout(WAIT_SECONDS)
        return time.monotonic() - begin

    def run(self, *command: str) -> str:
        """Run a command as root to its end; return what it said. Raises AssertionError when it fails."""
        assert self._agent
        self._agent.sendall(json.dumps({"run": command, "seconds": WAIT_SECONDS - 5}).encode() + b"\n")
        answer = bytearray()
        while not answer.endswith(b"\n"):
            got = self._agent.recv(1 << 16)
            assert got, f"the Pi hung up: {self.console()[-2000:]}"
            answer += got
        done = json.loads(answer)
        assert done["code"] == 0, f"{' '.join(command)} ended with {done['code']}: {done['said']}"
        return str(done["said"])

    def console(self) -> str:
        """Return what the Pi has said on its console."""
        return (self.folder / "console").read_text(errors="replace")

    def power_cut(self) -> None:
        """End the emulator with SIGKILL, and what watches it."""
        self._qemu.kill()
        self._qemu.wait()
        with suppress(BrokenPipeError):
            self._watch.communicate(timeout=30)
        self._debugger.close()
        self._calls.close()
        if self._agent:
            self._agent.close()

    def _command(self, card: Path) -> list[str]:
        port, now = self._calls.getsockname()[1], int(time.time())
        boot = base()
        return [
            *("qemu-system-aarch64", "-M", "raspi3b", "-accel", "tcg", "-display", "none", "-no-reboot"),
            *("-kernel", f"{boot}/kernel", "-dtb", f"{boot}/pi.dtb", "-initrd", f"{boot}/initrd.gz"),
            *("-append", f"{KERNEL} now={now} agent={port}"),
            *("-drive", f"if=sd,format=raw,file={card}"),
            *("-device", "usb-hub,port=1", "-device", "usb-net,netdev=n0,port=1.1", "-netdev", "user,id=n0"),
            *(word for adapter in ADAPTERS.items() for word in self._adapter(*adapter)),
            *("-serial", f"unix:{self.folder}/reader,server,nowait", "-serial", f"file:{self.folder}/console"),
            *("-S", "-gdb", f"unix:{self.folder}/gdb,server,nowait"),
            *("-monitor", "none", "-qtest", f"unix:{self.folder}/qtest,server,nowait", "-qtest-log", "/dev/null"),
        ]

    def _adapter(self, name: str, port: str) -> tuple[str, ...]:
        line = f"socket,id={name},path={self.folder}/{name},server=on,wait=off"
        return "-chardev", line, "-device", f"usb-serial,chardev={name},port={port}"

    def _start_one_core(self) -> None:
        """Let the first core run, as a debugger does: the other three would wait for work in busy loops, for ever."""
        for command in (b"?", b"vCont;c:p1.1"):
            self._debugger.sendall(b"$%s#%02x" % (command, sum(command) % 256))
            time.sleep(0.1)

    def _wait_for(self, question: Callable[[], object], *, what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not question():
            assert self._qemu.poll() is None, (self.folder / "qemu.log").read_text()
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)
