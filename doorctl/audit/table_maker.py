"""Has a log's tables made by a process of its own, so that the door never loads sqlite-utils nor subprocess."""

import os
import signal
import sys
import time
from pathlib import Path

NO_LOG_EXIT = 65
"""How that process ends when the file is damaged, or no log (EX_DATAERR)."""
_SECONDS = 60
_LOOK_SECONDS = 0.005


def make_tables(path: Path) -> int:
    """Run ``python -m doorctl.audit.schema PATH``; return its exit code. Raises OSError, TimeoutError among them."""
    command = [sys.executable, "-m", "doorctl.audit.schema", str(path)]
    no_input = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=[no_input])
    deadline = time.monotonic() + _SECONDS
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise TimeoutError(f"no tables were made in {path} within {_SECONDS} s")
        time.sleep(_LOOK_SECONDS)
