"""The disk under ``state_dir``: its file system and options, its room, and whether databases work there."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doorctl.audit.quota import ALMOST_FULL_PERCENT, SHORT_PERCENT
from doorctl.database import open_writer
from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding, Trouble

_MOUNTS = "/proc/self/mounts"
_VOLATILE = frozenset({"tmpfs", "ramfs", "overlay", "overlayfs", "aufs"})
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})
_UNSAFE = frozenset({"nobarrier", "barrier=0", "data=writeback"})


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system that is mounted."""

    device: str
    folder: Path
    kind: str
    options: frozenset[str]


def mount_of(computer: Computer, folder: Path) -> Mount | None:
    """Return the file system that a folder is on; of several at one place the last."""
    mounts = [_mount(line) for line in computer.text(_MOUNTS).splitlines() if line.count(" ") >= 3]
    above = [each for each in mounts if folder == each.folder or each.folder in folder.parents]
    return max(reversed(above), key=lambda each: len(each.folder.parts), default=None)


def look_at_disk(computer: Computer, folder: Path) -> Iterator[Finding]:
    """Look at the file system that a folder is on, or will be."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    mount = mount_of(computer, there)
    if mount is not None:
        yield from _of_mount(mount)
    free = computer.free_percent(there)
    if free < 100 - SHORT_PERCENT:
        is_full = free < 100 - ALMOST_FULL_PERCENT
        yield Finding(Trouble.DISK_FULL if is_full else Trouble.DISK_SHORT, f"{there}: {free:.0f} % free")
    if mount is None or "ro" not in mount.options:
        yield from _try_databases(there)


def _of_mount(mount: Mount) -> Iterator[Finding]:
    where = f"{mount.folder} ({mount.device}, {mount.kind})"
    if "ro" in mount.options:
        yield Finding(Trouble.DISK_READ_ONLY, f"{where} is mounted read-only")
    if mount.kind in _VOLATILE:
        yield Finding(Trouble.DISK_VOLATILE, f"{where} is in memory")
    if mount.kind in _REMOTE:
        yield Finding(Trouble.DISK_REMOTE, f"{where} is on another machine")
    for option in sorted(mount.options & _UNSAFE):
        yield Finding(Trouble.DISK_UNSAFE, f"{where} is mounted with {option}")
    if mount.kind not in _VOLATILE | _REMOTE and "noatime" not in mount.options:
        yield Finding(Trouble.DISK_ATIME, f"{where} is mounted without noatime")


def _try_databases(folder: Path) -> Iterator[Finding]:
    """Write a small database there, as the door and the keeper do."""
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(Trouble.DISK_UNTRIED, f"{folder} is not ours to write")
        return
    try:
        with tempfile.TemporaryDirectory(prefix=".check-", dir=folder) as aside:
            _write_one(Path(aside) / "try.db")
    except (OSError, sqlite3.Error) as error:
        yield Finding(Trouble.DISK_NO_WAL, f"{folder}: {error}")


def _write_one(path: Path) -> None:
    """Write a row into a new database. Raises OSError, sqlite3.Error."""
    connection = open_writer(path)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"the journal is {mode}")
        connection.execute("CREATE TABLE tried (at INTEGER) STRICT")
        connection.execute("INSERT INTO tried VALUES (1)")
    finally:
        connection.close()


def _mount(line: str) -> Mount:
    device, folder, kind, options = line.split(" ")[:4]
    return Mount(device, Path(folder.replace("\\040", " ")), kind, frozenset(options.split(",")))
