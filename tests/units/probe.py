"""Tries what a unit must not do, from within the unit (``ExecStartPost``), and writes down what came of it."""

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000


def name_of(attempt: Callable[[], object]) -> str:
    """Tell what came of it: ``done``, or the error's name."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "?")
    return "done"


def unshare() -> None:
    """Make a namespace. Raises OSError."""
    if LIBC.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")


def found() -> dict[str, str]:
    """Try each thing once."""
    return {
        "a network socket": name_of(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        "a local socket": name_of(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)),
        "a serial line": name_of(lambda: os.close(os.open("/dev/ttyS0", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))),
        "another device": name_of(lambda: os.close(os.open("/dev/fuse", os.O_RDWR))),
        "memory to write and run": name_of(
            lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        ),
        "a namespace": name_of(unshare),
        "a higher priority": name_of(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))),
        "a file of the system": name_of(lambda: Path("/etc/doorctl/probe").touch()),
        "another's files": name_of(lambda: list(Path("/home").iterdir())),
        "interfaces": " ".join(sorted(path.name for path in Path("/sys/class/net").iterdir())),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(found()))
