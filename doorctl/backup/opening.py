"""Opening backups: what each says of itself, and which of them make one whole, in their order."""

import tarfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from doorctl.backup.age import decrypt
from doorctl.backup.manifest import MANIFEST, Manifest, manifest_from
from doorctl.errors import Refused

_MOST_MANIFEST_BYTES = 1 << 20


class Opened(NamedTuple):
    """A backup on disk, and what it says of itself."""

    path: Path
    manifest: Manifest


class _Enough(Exception):
    """The manifest is there; the rest is not needed now."""


def in_order(paths: Sequence[Path], *, identities: str) -> list[Opened]:
    """Read what backups say of themselves; return a base and the increments on it, in the order to apply them.

    Raises KeyFileError, OSError, and Refused: ``wrong-identity``, ``damaged-backup``, ``not-a-backup``, ``no-base``,
    ``wrong-series`` and ``missing-increment``.
    """
    opened = sorted((_peek(path, identities) for path in paths), key=lambda each: each.manifest.number)
    base, *increments = opened
    if base.manifest.number:
        raise Refused("no-base", f"{base.path} is an increment: give the base of its series, too")
    for before, each in zip(opened, increments, strict=False):
        _check_follows(before, each)
    return opened


def _check_follows(before: Opened, each: Opened) -> None:
    if each.manifest.series != before.manifest.series or each.manifest.site != before.manifest.site:
        raise Refused(
            "wrong-series", f"{each.path} and {before.path} belong to different bases: give one series alone"
        )
    if each.manifest.number > before.manifest.number + 1:
        raise Refused(
            "missing-increment",
            f"increment {before.manifest.number + 1} is missing; give it, or leave out {each.path} and what is later",
        )
    if each.manifest.number == before.manifest.number or each.manifest.previous != before.manifest.state:
        raise Refused("wrong-series", f"{each.path} does not follow {before.path}: leave out one of the two")


def _peek(path: Path, identities: str) -> Opened:
    """Read the manifest, which comes first, and no more."""
    seen = bytearray()

    def take(data: bytes) -> None:
        seen.extend(data)
        if len(seen) > _MOST_MANIFEST_BYTES:
            raise _Enough

    try:
        with path.open("rb") as file, suppress(_Enough):
            decrypt(file, take, identities=identities)
        return Opened(path, manifest_from(_first_member(bytes(seen))))
    except Refused as refusal:
        raise Refused(refusal.refusal, f"{path}: {refusal.detail}") from refusal


def _first_member(data: bytes) -> bytes:
    try:
        info = tarfile.TarInfo.frombuf(data[: tarfile.BLOCKSIZE], "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise Refused("not-a-backup", "there is no archive in it") from error
    if info.name != MANIFEST or info.size > _MOST_MANIFEST_BYTES - tarfile.BLOCKSIZE:
        raise Refused("not-a-backup", "it does not begin with what it is")
    return data[tarfile.BLOCKSIZE : tarfile.BLOCKSIZE + info.size]
