"""The plain copy of site.db that a backup makes beside it, and that stays there when the backup is killed."""

import fcntl
import shutil
from pathlib import Path

from doorctl.places import StateFile


def no_half_backup(state_dir: Path) -> bool:
    """Remove what a killed backup has left; False: one is being made now, or this could not be removed."""
    copy = state_dir / StateFile.BACKUP_WORK
    if not copy.exists():
        return True
    try:
        with (state_dir / StateFile.BACKUP_LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(copy)
    except OSError:
        return False
    return True
