"""The files of a policy: databases with names that are never used twice, and the links that name what they are.

``policy.db`` leads to the policy, ``policy.db.next`` to the one that is being made. A write-ahead log that lies
beside the name of a database is taken for a part of it, so it is removed before a name is given, too.
"""

import re
from pathlib import Path

from doorctl.database import remove_database
from doorctl.places import StateFile

_NAME = re.compile(r"policy-([0-9a-f]{32})-[0-9a-f]{16}\.db")


def in_progress(folder: Path) -> str | None:
    """Return the id of the snapshot that a file was begun for."""
    try:
        name = (folder / StateFile.POLICY_NEXT).readlink().name
    except OSError:
        return None
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def throw_away(folder: Path) -> None:
    """Remove the file in progress. Raises OSError."""
    link = folder / StateFile.POLICY_NEXT
    if link.is_symlink():
        target = folder / link.readlink().name
        link.unlink()
        remove_database(target)
    link.unlink(missing_ok=True)
