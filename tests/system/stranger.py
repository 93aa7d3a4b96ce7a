"""A user of the same machine who lays hands on files: truncates them, replaces them, connects to sockets.

``python stranger.py UID GID PATH…`` becomes that user, tries all of it and prints what succeeded, a JSON list each.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def truncate(path: str) -> None:
    """Empty a file."""
    os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))


def replace(path: str) -> None:
    """Put another file in its place."""
    aside = path + ".stranger"
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT))
    Path(aside).replace(path)


def read(path: str) -> None:
    """Open a file to read it."""
    os.close(os.open(path, os.O_RDONLY))


def connect(path: str) -> None:
    """Connect to a socket of the keeper's kind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(path)


ATTEMPTS: tuple[Callable[[str], None], ...] = (connect, read, truncate, replace)


def main(user: str, group: str, *paths: str) -> None:
    """Become the user for good, then try everything on every path."""
    os.setgroups([])
    os.setresgid(int(group), int(group), int(group))
    os.setresuid(int(user), int(user), int(user))
    for path in paths:
        for attempt in ATTEMPTS:
            try:
                attempt(path)
            except OSError:
                continue
            sys.stdout.write(json.dumps([attempt.__name__, Path(path).name]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
