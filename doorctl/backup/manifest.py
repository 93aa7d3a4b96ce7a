"""What a backup says of itself: ``backup.json``, the first member of its archive (ADR 11)."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, BinaryIO

import msgspec

from doorctl.errors import Refused
from doorctl.policy.rows import Name

BLOCK_BYTES = 65_536
MANIFEST = "backup.json"
SITE_DB, SITE_WAL = "state/site.db", "state/site.db-wal"
IN_BLOCKS = (SITE_DB, SITE_WAL)
"""The members of which an increment holds the changed blocks alone."""

Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Hex64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
FileName = Annotated[
    str, msgspec.Meta(pattern=r"^(hub\.toml|(state|tls)(/[A-Za-z0-9][A-Za-z0-9_.-]*){1,2})\Z", max_length=100)
]


class PackedFile(msgspec.Struct, frozen=True):
    """A file of the hub at the moment of the backup; ``digest`` is SHA-256 over the SHA-256 of each 64 KiB block."""

    name: FileName
    size: Annotated[int, msgspec.Meta(ge=0)]
    digest: Hex64


class Manifest(
    msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="format", tag="doorctl-backup/1"
):
    """Which backup this is, and every file of the hub at that moment, also those that did not change.

    A base has the number 0; increments of a series are numbered on, and ``previous`` is the state of the one before.
    ``made_at`` is Unix seconds.
    """

    site: Name
    series: Hex32
    number: Annotated[int, msgspec.Meta(ge=0)]
    made_at: int
    doorctl: str
    previous: Hex64 | None = None
    files: tuple[PackedFile, ...]

    @property
    def state(self) -> str:
        """What all files together are: SHA-256 of a line for each, ``name size digest``, in hex."""
        lines = "".join(f"{each.name} {each.size} {each.digest}\n" for each in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()


def manifest_from(data: bytes) -> Manifest:
    """Read a manifest. Raises Refused ``not-a-backup``."""
    try:
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("not-a-backup", f"what is in it was not made by this kind of doorctl: {error}") from error


def manifest_bytes(manifest: Manifest) -> bytes:
    """Write a manifest; its format stands in it."""
    return msgspec.json.format(msgspec.json.encode(manifest))


def blocks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file's blocks from where it stands; the last may be shorter. Raises OSError."""
    while block := file.read(BLOCK_BYTES):
        yield block


def hash_of(block: bytes) -> bytes:
    """Return SHA-256 of a block."""
    return hashlib.sha256(block).digest()


def digest_of(hashes: Iterable[bytes]) -> str:
    """Return what a file is, given the hashes of its blocks."""
    return hashlib.sha256(b"".join(hashes)).hexdigest()


def packed(name: str, data: bytes) -> PackedFile:
    """Describe a small file."""
    blocks = (data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))
    return PackedFile(name, len(data), digest_of(map(hash_of, blocks)))
