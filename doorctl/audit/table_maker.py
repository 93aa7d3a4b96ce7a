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


def require_tables(path: Path, *, is_new: bool) -> None:
    """Have the tables made that a file lacks. Raises ValueError when no log can be made of it, unless it was new.

    Raises OSError when they cannot be made now.
    """
    exit_code = make_tables(path)
    if exit_code == NO_LOG_EXIT and not is_new:
        raise ValueError("no log can be made of it")
    if exit_code:
        raise OSError(f"its tables could not be made (exit code {exit_code})")


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
