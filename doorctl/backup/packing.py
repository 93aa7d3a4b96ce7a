"""The archive inside a backup: POSIX tar, so that ``age --decrypt FILE | tar x`` opens a base without doorctl."""

import tarfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doorctl.backup.manifest import MANIFEST, Manifest, manifest_bytes

_MODE = 0o600


class Member(NamedTuple):
    """A file of the archive; its chunks are ``size`` bytes together."""

    name: str
    size: int
    chunks: Iterable[bytes]


def member(name: str, data: bytes) -> Member:
    """Make a member of what is in memory."""
    return Member(name, len(data), (data,))


def pack(manifest: Manifest, members: Iterable[Member]) -> Iterator[bytes]:
    """Yield the bytes of the archive: the manifest first, then the members in their order."""
    for each in (member(MANIFEST, manifest_bytes(manifest)), *members):
        info = tarfile.TarInfo(each.name)
        info.size, info.mode, info.mtime = each.size, _MODE, manifest.made_at
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield from each.chunks
        yield bytes(-each.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)
