"""Where backups are kept: their names, how one gets there whole or not at all, and which old ones go.

A backup is written aside, brought to the disk, read again and compared; only then it gets its name. So whenever the
power goes, what stands under a name is whole: the older one, or the new.
"""

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from doorctl.backup.age import Write
from doorctl.backup.manifest import blocks_of
from doorctl.durable import sync_folder
from doorctl.errors import Refused

SUFFIX = ".age"
_ASIDE = re.compile(r"^\..*\.age\.[0-9a-f]{8}\Z")
_ASIDE_SECONDS = 86_400
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is on disk, and was read again."""

    path: Path
    size: int
    sha256: str


def name_of(site: str, series: str, begun_at: int, number: int) -> str:
    """Name a backup: a base, or with a number above 0 an increment, which stands beside its base."""
    stem = f"{site}-{datetime.fromtimestamp(begun_at, UTC):%Y%m%dT%H%M%SZ}-{series[:8]}"
    return f"{stem}.{number:06d}{SUFFIX}" if number else f"{stem}{SUFFIX}"


def put(path: Path, fill: Callable[[Write], None], *, check: Callable[[Path], None]) -> Written:
    """Put a file in its place when ``fill`` has written it, it was read again, and ``check`` did not object.

    What one that was killed has left under such a name goes: of one name there is one writer at a time. Raises
    Refused ``no-room``, ``not-written`` and ``written-wrong``, with what was there before still in its place.
    """
    aside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with disk_errors_named(path.parent):
            _remove_left(path)
            written = _write(aside, fill)
            _read_again(aside, written)
            check(aside)
            aside.replace(path)
            sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)
    return Written(path, written.size, written.sha256)


def prune(folder: Path, site: str, *, keep: int, newest: str, at: datetime) -> list[Path]:
    """Remove all but the newest series of a site, and what a crash left half written; return which backups went.

    ``newest`` is the stem of the one that was made just now: it stays, whatever the clock says. Increments go before
    their base. Raises OSError.
    """
    series = _series_in(folder, site)
    others = sorted((stem for stem in series if stem != newest), reverse=True)
    gone = [path for stem in others[keep - 1 :] for path in sorted(series[stem], key=_increments_first)]
    for path in (*gone, *_left_aside(folder, at)):
        path.unlink(missing_ok=True)
    return gone


def stem_of(path: Path) -> str:
    """Return what the names of a series begin with."""
    return path.name.partition(".")[0]


@contextmanager
def disk_errors_named(where: Path) -> Iterator[None]:
    """Say in a sentence of ours what a disk did not do. Raises Refused ``no-room`` and ``not-written``."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Refused("no-room", f"{where} is full: make room, or choose another place") from error
        raise Refused("not-written", f"{error.filename or where}: {error.strerror or error}") from error


def _remove_left(path: Path) -> None:
    ours = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\Z")
    for left in [each for each in path.parent.iterdir() if ours.match(each.name)]:
        left.unlink(missing_ok=True)


def _write(aside: Path, fill: Callable[[Write], None]) -> Written:
    sha256, size = hashlib.sha256(), 0
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:

        def write(data: bytes) -> None:
            nonlocal size
            file.write(data)
            sha256.update(data)
            size += len(data)

        fill(write)
        file.flush()
        os.fsync(file.fileno())
    return Written(aside, size, sha256.hexdigest())


def _read_again(path: Path, written: Written) -> None:
    """Compare what the disk holds, not what memory still holds of it, where the system can tell the two apart."""
    sha256, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for block in blocks_of(file):
            sha256.update(block)
            size += len(block)
    if (size, sha256.hexdigest()) != (written.size, written.sha256):
        raise Refused("written-wrong", f"{path.parent} does not give back what was written: replace that disk")


def _series_in(folder: Path, site: str) -> dict[str, list[Path]]:
    ours = re.compile(rf"^({re.escape(site)}-\d{{8}}T\d{{6}}Z-[0-9a-f]{{8}})(\.\d{{6}})?\.age\Z")
    series: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if found := ours.match(path.name):
            series.setdefault(found[1], []).append(path)
    return series


def _increments_first(path: Path) -> tuple[bool, str]:
    return path.name == f"{stem_of(path)}{SUFFIX}", path.name


def _left_aside(folder: Path, at: datetime) -> list[Path]:
    long_ago = at.timestamp() - _ASIDE_SECONDS
    return [path for path in folder.iterdir() if _ASIDE.match(path.name) and path.stat().st_mtime < long_ago]
