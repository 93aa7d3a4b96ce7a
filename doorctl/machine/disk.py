"""The disk under ``state_dir``: its file system and options, its room, and whether databases work there."""

import os
import pwd
import sqlite3
import stat
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
_WORKS = "it works"


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
    user = _user_of_the_unit(computer) if there == folder else None
    if user is not None and (foreign := _foreign(folder, user)) is not None:
        yield foreign
    elif mount is None or "ro" not in mount.options:
        yield from _try_databases(there, user)


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


def _user_of_the_unit(computer: Computer) -> pwd.struct_passwd | None:
    """Return whose the folder has to be; None where nobody can tell, or root alone could look."""
    try:
        user = pwd.getpwnam(computer.user)
    except KeyError:
        return None
    return user if os.geteuid() == 0 and user.pw_uid != 0 else None


def _foreign(folder: Path, user: pwd.struct_passwd) -> Finding | None:
    """Name the folder, or the first thing in it that its user may not read."""
    if folder.stat().st_uid != user.pw_uid:
        return Finding(Trouble.DISK_FOREIGN, f"{folder} is not {user.pw_name}'s")
    closed = next((each for each in sorted(folder.rglob("*")) if _is_closed(each, user)), None)
    return None if closed is None else Finding(Trouble.DISK_FOREIGN, f"{closed} is not for {user.pw_name} to read")


def _is_closed(path: Path, user: pwd.struct_passwd) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:  # databases that are in use have files that come and go
        return False
    return status.st_uid != user.pw_uid and not status.st_mode & stat.S_IROTH


def _try_databases(folder: Path, user: pwd.struct_passwd | None) -> Iterator[Finding]:
    """Write a small database there, as the door and the keeper do: not as root, where they would not be it."""
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(Trouble.DISK_UNTRIED, f"{folder} is not ours to write")
    elif (said := _try_in(folder) if user is None else _try_as(user, folder)) != _WORKS:
        yield Finding(Trouble.DISK_NO_WAL, f"{folder}: {said}")


def _try_as(user: pwd.struct_passwd, folder: Path) -> str:
    """Try it in a process that has given root's rights away for good."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            os.write(tells, _try_in(folder).encode())
        finally:
            os._exit(0)
    os.close(tells)
    with os.fdopen(told) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said or "nobody knows why"


def _try_in(folder: Path) -> str:
    """Write a small database in a folder of its own, and tell what came of it."""
    try:
        with tempfile.TemporaryDirectory(prefix=".check-", dir=folder) as aside:
            _write_one(Path(aside) / "try.db")
    except (OSError, sqlite3.Error) as error:
        return str(error)
    return _WORKS


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
