"""What the hub hears of its backups: small files in its folder, each read once and recorded in the hub's own log.

Whoever makes a backup runs beside the hub, under its user, and has no key of an admin's; so it leaves a file in
``backups/``. Whoever restores one leaves ``restored.json``: the hub that finds it was put back from a copy, begins a
new epoch of its own log, and says in it from when the copy is. A file is removed after its record is on disk; a crash
between the two records it twice, under the same id.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.journal import Level, say
from doorctl.places import StateFile

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


class BackupMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A backup was written, as a whole; ``made_at`` is Unix seconds, ``sha256`` that of the encrypted file."""

    backup: str
    made_at: int
    size: int
    sha256: str
    with_keys: bool

    @property
    def detail(self) -> str:
        """What the record says."""
        keys = "with" if self.with_keys else "without"
        return f"backup {self.backup} {keys} keys, {self.size} bytes, sha256 {self.sha256}"


class Restored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This hub was put back from a backup: which, how many increments on it, from when, and when that was done."""

    backup: str
    increments: int
    made_at: int
    restored_at: int

    @property
    def detail(self) -> str:
        """What the record says."""
        return f"backup {self.backup}, increment {self.increments}, made_at {self.made_at}"


def tell_of_backup(state_dir: Path, made: BackupMade) -> None:
    """Leave word of a backup. Raises OSError."""
    folder = state_dir / StateFile.BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    replace_file(folder / f"{made.backup}.json", msgspec.json.encode(made), mode=0o600)


def tell_of_restore(state_dir: Path, restored: Restored) -> None:
    """Leave word that this folder was restored. Raises OSError."""
    replace_file(state_dir / StateFile.RESTORED, msgspec.json.encode(restored), mode=0o600)


def backups_told(state_dir: Path) -> Iterator[tuple[Path, BackupMade]]:
    """Yield each word of a backup and the file to remove once it is recorded; one that is none is told and passed by.

    Raises OSError.
    """
    for path in sorted((state_dir / StateFile.BACKUPS).glob("*.json")):
        try:
            yield path, msgspec.json.decode(path.read_bytes(), type=BackupMade)
        except _UNREADABLE as error:
            say("backup_word_unreadable", Level.WARNING, file=path.name, why=error)
            path.unlink(missing_ok=True)


def restore_told(state_dir: Path) -> tuple[Path, Restored] | None:
    """Return that this folder was restored, and the file to remove once it is recorded. Raises OSError.

    A file that cannot be read counts as word of a restore from an unknown time: better an epoch too many.
    """
    path = state_dir / StateFile.RESTORED
    try:
        return path, msgspec.json.decode(path.read_bytes(), type=Restored)
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        say("backup_word_unreadable", Level.WARNING, file=path.name, why=error)
        return path, Restored(backup="", increments=0, made_at=0, restored_at=0)
