"""Making a backup: a base, which holds everything, and increments, which hold the blocks that changed since."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from doorctl.backup.age import decrypt, encrypt
from doorctl.backup.changed_blocks import ChangedBlocks, Hashes
from doorctl.backup.contents import HubFiles, hub_files
from doorctl.backup.live_blocks import log_mark, read_live
from doorctl.backup.manifest import (
    SITE_DB,
    Manifest,
    PackedFile,
    blocks_of,
    digest_of,
    hash_of,
    packed,
)
from doorctl.backup.packing import Member, member, pack
from doorctl.backup.place import Written, disk_errors_named, put
from doorctl.backup.site_copy import Advance, copy_site
from doorctl.errors import Refused, SiteUnavailable, WrongUse
from doorctl.places import StateFile


@dataclass(frozen=True, slots=True)
class Orders:
    """How backups of a hub are made: for whom, with or without its keys, and proven by which identity, if by any."""

    config: Path
    recipients: tuple[str, ...]
    with_keys: bool = False
    identities: str | None = None

    @property
    def hub(self) -> HubFiles:
        """The hub, by its configuration file as it is now. Raises ConfigError."""
        return hub_files(self.config)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written: what it says, where it is, and the hashes of its blocks.

    ``log_mark`` is that of the database's write-ahead log, taken before the database was read.
    """

    manifest: Manifest
    written: Written
    hashes: Hashes
    log_mark: str | None
    records: int | None = None
    """How many records were checked; of an increment none are."""


def make_base(
    orders: Orders, path: Path, *, series: str, at: datetime, advance: Advance = lambda _bytes: None
) -> Backup:
    """Write a backup of everything; ``series`` is a new id. Raises as ``copy_site`` and ``put``, and KeyFileError."""
    hub = orders.hub
    _refuse_another_user(hub)
    with _working_folder(hub.state_dir) as folder:
        copy, mark = folder / hub.database.name, log_mark(hub.database)
        records = copy_site(hub.database, copy, advance=advance)
        small = hub.small_files(with_keys=orders.with_keys)
        with copy.open("rb") as file:
            hashes = [hash_of(block) for block in blocks_of(file)]
            size = file.tell()
            files = (*_described(small), PackedFile(SITE_DB, size, digest_of(hashes)))
            manifest = _manifest(hub.site, series, 0, at, files)
            file.seek(0)
            members = (*_members(small), Member(SITE_DB, size, _told(blocks_of(file), advance)))
            written = _write(orders, path, manifest, members)
    return Backup(manifest, written, {SITE_DB: hashes}, mark, records)


def make_increment(orders: Orders, path: Path, *, after: Backup, at: datetime) -> Backup | None:
    """Write what has changed since a backup; None when nothing has. Raises as ``make_base`` does."""
    hub = orders.hub
    _refuse_another_user(hub)
    small, mark = hub.small_files(with_keys=orders.with_keys), log_mark(hub.database)
    known = set(after.manifest.files)
    described = tuple(_described(small))
    if mark is not None and mark == after.log_mark and known.issuperset(described):
        return None  # and the database need not even be read
    with disk_errors_named(hub.state_dir), tempfile.TemporaryFile(dir=hub.state_dir) as spool:
        changed = ChangedBlocks(after.hashes, spool)
        try:
            read_live(hub.database, changed.take)
        except sqlite3.Error as error:
            raise SiteUnavailable(f"{hub.database} cannot be read ({error})") from error
        manifest = _manifest(
            hub.site,
            after.manifest.series,
            after.manifest.number + 1,
            at,
            (*described, *changed.files()),
            previous=after.manifest.state,
        )
        if manifest.state == after.manifest.state:
            return None
        fresh = {each.name: small[each.name] for each in described if each not in known}
        members = (*_members(fresh), *changed.members())
        return Backup(manifest, _write(orders, path, manifest, members), changed.hashes, mark)


def open_again(path: Path, identities: str | None, sha256: str) -> None:
    """Prove, where the identity is there, that it opens what was written to the very bytes that were packed.

    Raises Refused ``written-wrong``, and as ``decrypt`` does.
    """
    if identities is None:
        return
    opened = hashlib.sha256()
    with path.open("rb") as file:
        decrypt(file, opened.update, identities=identities)
    if opened.hexdigest() != sha256:
        raise Refused("written-wrong", f"{path.parent} gives back another backup than was written")


def _write(orders: Orders, path: Path, manifest: Manifest, members: Iterable[Member]) -> Written:
    plain = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        for chunk in pack(manifest, members):
            plain.update(chunk)
            yield chunk

    return put(
        path,
        lambda write: encrypt(chunks(), write, recipients=orders.recipients),
        check=lambda aside: open_again(aside, orders.identities, plain.hexdigest()),
    )


def _manifest(
    site: str,
    series: str,
    number: int,
    at: datetime,
    files: tuple[PackedFile, ...],
    *,
    previous: str | None = None,
) -> Manifest:
    return Manifest(
        site=site,
        series=series,
        number=number,
        made_at=int(at.timestamp()),
        doorctl=version("doorctl"),
        previous=previous,
        files=files,
    )


def _described(small: Mapping[str, bytes]) -> Iterator[PackedFile]:
    return (packed(name, data) for name, data in small.items())


def _members(small: Mapping[str, bytes]) -> Iterator[Member]:
    return (member(name, data) for name, data in small.items())


def _told(blocks: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    for block in blocks:
        yield block
        advance(len(block))


def _refuse_another_user(hub: HubFiles) -> None:
    """Whatever this makes beside site.db is the hub's to read. Raises WrongUse and OSError."""
    if (owner := hub.database.stat().st_uid) != os.geteuid():
        raise WrongUse(
            f"{hub.database} belongs to another user: run this as that one, `sudo -u '#{owner}' doorctl …`"
        )


@contextmanager
def _working_folder(state_dir: Path) -> Iterator[Path]:
    """Make a folder for the plain copy, one backup after the other; what a crash left of another is removed."""
    folder = state_dir / StateFile.BACKUP_WORK
    with (state_dir / StateFile.BACKUP_LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
