"""Restoring a hub into an empty folder: whole and checked, or not at all."""

import fcntl
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from doorctl.backup.age import decrypt
from doorctl.backup.contents import HUB_TOML, hub_files
from doorctl.backup.manifest import (
    BLOCK_BYTES,
    IN_BLOCKS,
    MANIFEST,
    SITE_DB,
    Manifest,
    blocks_of,
    digest_of,
    hash_of,
)
from doorctl.backup.opening import Opened, in_order
from doorctl.backup.place import disk_errors_named
from doorctl.backup.settling import RestoredHub, settle
from doorctl.backup.site_copy import Advance, check_site
from doorctl.durable import sync_folder
from doorctl.errors import Refused, WrongUse
from doorctl.hub.backups.news import Restored, tell_of_restore

_BLOCK = re.compile(r"^(.*)\.blocks/(\d{8})\Z")
_STAGING = r"\.[0-9a-f]{8}\Z"


def restore(
    paths: Sequence[Path], to: Path, *, identities: str, at: datetime, advance: Advance = lambda _bytes: None
) -> RestoredHub:
    """Restore a base and increments into a folder that is not there, or empty; on any error it stays so.

    Raises WrongUse, as ``in_order`` and ``check_site`` do, and Refused ``no-room`` and ``damaged-backup``.
    """
    _refuse_to_overwrite(to)
    backups = in_order(paths, identities=identities)
    newest = backups[-1].manifest
    _remove_left(to)
    _refuse_without_room(to.absolute().parent, backups)
    with _staging(to) as folder, disk_errors_named(to.absolute().parent):
        for backup in backups:
            _apply(backup, folder, identities, advance)
        _finish_files(folder, newest)
        records = check_site(folder / SITE_DB)
        state_dir = settle(folder, newest)
        tell_of_restore(state_dir, Restored(newest.series, newest.number, newest.made_at, int(at.timestamp())))
        _sync(folder)
        folder.rename(to)
        sync_folder(to.absolute().parent)
    return RestoredHub(hub_files(to / HUB_TOML), to / state_dir.relative_to(folder), newest, records)


def _refuse_to_overwrite(to: Path) -> None:
    if not to.name:
        raise WrongUse(f"{to} is where you are: name a new folder, or an empty one from outside of it")
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise WrongUse(f"{to} is there and not empty: restore into a new folder, nothing is ever overwritten")
    if not to.absolute().parent.is_dir():
        raise WrongUse(f"{to.absolute().parent} is not there: make it first")


def _refuse_without_room(folder: Path, backups: Sequence[Opened]) -> None:
    """The plain files, and beside them one opened archive after the other."""
    needed = sum(each.size for each in backups[-1].manifest.files) + max(it.path.stat().st_size for it in backups)
    if (free := shutil.disk_usage(folder).free) < needed:
        raise Refused("no-room", f"{folder} has {free} bytes free, and {needed} are needed")


@contextmanager
def _staging(to: Path) -> Iterator[Path]:
    """Make the folder in which all is put together; whatever fails, it is removed."""
    folder = to.absolute().with_name(f".{to.name}.{os.urandom(4).hex()}")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)  # before it is there: a signal may come at any time
        folder.mkdir(mode=0o700)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        stack.callback(os.close, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        yield folder


def _remove_left(to: Path) -> None:
    """Remove what a restore to the same place that was killed has left: it lies open there, with names and all."""
    ours = re.compile(rf"\.{re.escape(to.name)}{_STAGING}")
    for path in to.absolute().parent.iterdir():
        if ours.match(path.name) and path.is_dir() and not path.is_symlink() and not _is_held(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    """Tell whether a restore works in a folder: the system ends its lock with the process."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return True  # of another user: not ours to judge
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _apply(backup: Opened, folder: Path, identities: str, advance: Advance) -> None:
    """Open an archive in a file without a name, and put each member in its place."""
    sizes = {each.name: each.size for each in backup.manifest.files}
    with tempfile.TemporaryFile(dir=folder) as plain:
        with backup.path.open("rb") as file:
            decrypt(file, plain.write, identities=identities)
        plain.seek(0)
        try:
            with tarfile.open(fileobj=plain, mode="r:") as archive:
                for info in archive:
                    if info.name != MANIFEST:
                        _place(archive, info, folder, sizes)
                    advance(info.size)
        except tarfile.TarError as error:
            raise Refused("damaged-backup", f"{backup.path}: {error}") from error


def _place(archive: tarfile.TarFile, info: tarfile.TarInfo, folder: Path, sizes: Mapping[str, int]) -> None:
    """Write a file, or a block of one, that the manifest names; nothing else ever gets a place."""
    found = _BLOCK.match(info.name)
    name, at = (found[1], int(found[2]) * BLOCK_BYTES) if found else (info.name, 0)
    content = archive.extractfile(info)
    is_told = at + info.size <= sizes.get(name, -1) and (not found or name in IN_BLOCKS)
    if not is_told or content is None:
        raise Refused("damaged-backup", f"its archive holds {info.name!r}, which it does not tell of")
    path = folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | (0 if found else os.O_TRUNC)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.seek(at)
        shutil.copyfileobj(content, file, BLOCK_BYTES)


def _finish_files(folder: Path, manifest: Manifest) -> None:
    """Cut each file to its size, prove that it is the one that was backed up, and drop what was gone by then."""
    for each in manifest.files:
        path = folder / each.name
        if not path.exists():
            path.touch(mode=0o600)  # an empty file has no block
        os.truncate(path, each.size)
        with path.open("rb") as file:
            if digest_of(map(hash_of, blocks_of(file))) != each.digest:
                raise Refused("damaged-backup", f"{each.name} is not what was backed up")
    kept = {folder / each.name for each in manifest.files}
    for path in [path for path in folder.rglob("*") if path.is_file() and path not in kept]:
        path.unlink()


def _sync(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
