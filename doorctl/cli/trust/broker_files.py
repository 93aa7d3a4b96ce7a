"""Whose the broker's files are.

mosquitto reads its files anew when it is told to, as the account that it runs by then: a list that this account
cannot read is no list, and everybody may say and hear everything.
"""

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

Owner = tuple[int, int]

_OWNER_ALONE, _READABLE_BY_ALL = 0o600, 0o644


def owner_called(user: str) -> Owner | None:
    """Return user and group of mosquitto's account, where we may give files away and it exists."""
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        return None
    return found.pw_uid, found.pw_gid


def list_mode(owner: Owner | None) -> int:
    """Return the mode of the access list: of names alone, so that it may be open where we cannot give it away."""
    return _READABLE_BY_ALL if owner is None else _OWNER_ALONE


def give_away(paths: Iterable[Path], owner: Owner | None) -> None:
    """Let files and folders that are there belong to mosquitto's account. Raises OSError."""
    for path in paths:
        if owner is not None and path.exists():
            os.chown(path, *owner)
