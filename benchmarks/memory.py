"""How much memory a door needs at most (VmHWM) while it decides as fast as it can, and a bare Python beside it."""

import random
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from benchmarks.badge_line import BadgeLine
from benchmarks.controllers import MOST_DOORS, a_controller, door_names, line_paths
from benchmarks.figures import progress
from benchmarks.many_credentials import card, write_many_credentials
from firmware_bridge.bridge_messages import SetLed
from firmware_bridge.bridge_protocol import LED_COLOURS
from firmware_bridge.reader_protocol import Led
from tests.keeper_bell import KeeperBell

WAIT_SECONDS = 120.0
_KIB_PER_MB = 1024
_BARE = "import sqlite3, cryptography.hazmat.primitives.asymmetric.ed25519; print(open('/proc/self/status').read())"


def door_at_work_mb(folder: Path, *, decisions: int, credentials: int) -> float:
    """Drive a door with eight readers through so many granted swipes; return the most memory it ever had."""
    progress(f"writing a policy with {credentials:,} credentials")
    controller = a_controller(folder, doors=MOST_DOORS, unlock_seconds=5)
    write_many_credentials(controller, credentials, door_names(MOST_DOORS))
    lines = [BadgeLine(path) for path in line_paths(controller, MOST_DOORS)]
    bell = KeeperBell(controller.run_dir)
    process = controller.start()
    try:
        bell.make_clock_trusted()
        swipe_everywhere(lines, decisions=decisions, credentials=credentials)
        return _peak_mb(Path(f"/proc/{process.pid}/status").read_text())
    except RuntimeError as error:
        raise RuntimeError(f"{error}: {controller.log()[-2000:]}") from error
    finally:
        bell.close()
        controller.stop()


def bare_python_mb() -> float:
    """Return the most memory of a Python that only imports what the door cannot do without."""
    done = subprocess.run([sys.executable, "-c", _BARE], check=True, capture_output=True, text=True)
    return _peak_mb(done.stdout)


def swipe_everywhere(
    lines: list[BadgeLine], *, decisions: int, credentials: int, watch: Callable[[int], None] = lambda _: None
) -> None:
    """Swipe at each reader as soon as it shows that the badge before was granted; ``watch`` hears how many were."""
    badges = cycle(random.sample(range(credentials), min(decisions, credentials)))
    waiting = set(lines)
    granted = 0
    poller = select.poll()
    for line in lines:
        poller.register(line, select.POLLIN)
    deadline = time.monotonic() + WAIT_SECONDS
    while granted < decisions:
        poller.poll(10)
        for line in lines:
            lights = [shown.colours for shown in line.serve() if isinstance(shown, SetLed)]
            if lights.count(LED_COLOURS[Led.GREEN]) != len(lights):
                raise RuntimeError("a known badge was not granted")
            granted += len(lights)
            if line.is_online and (lights or line in waiting):
                waiting.discard(line)
                line.present(card(next(badges)))
                deadline = time.monotonic() + WAIT_SECONDS
        progress(f"{granted} of {decisions} decisions")
        watch(granted)
        if time.monotonic() > deadline:
            raise RuntimeError(f"the door stopped answering after {granted} decisions")


def _peak_mb(status: str) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / _KIB_PER_MB
