"""Files with secrets in them: whose they are, and where they may come from.

A file with a secret belongs to the user who reads it and is closed to all others (mode 0600). Where it is absent,
systemd may have handed it over: then it is ``$CREDENTIALS_DIRECTORY/<its name>``, which systemd keeps from others.
"""

import os
import stat
from pathlib import Path

from doorctl.durable import write_new_file
from doorctl.errors import KeyFileError

CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> bytes:
    """Read a file with a secret. Raises KeyFileError, also when it is another user's or open to others."""
    try:
        with path.open("rb") as file:
            _refuse_others(path, os.fstat(file.fileno()))
            return file.read()
    except FileNotFoundError as error:
        credential = Path(os.environ.get(CREDENTIALS_VARIABLE, os.devnull)) / path.name
        if not credential.is_file():
            raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
        return credential.read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error


def write_private(path: Path, data: bytes) -> None:
    """Store a secret as a new file, readable by its owner alone. Raises FileExistsError."""
    write_new_file(path, data, mode=0o600)


def _refuse_others(path: Path, found: os.stat_result) -> None:
    if found.st_mode & _OTHERS:
        raise KeyFileError(f"{path} is readable by others: chmod 600 {path}")
    if found.st_uid != os.geteuid():
        raise KeyFileError(f"{path} belongs to another user: run this as its owner, or chown it")
