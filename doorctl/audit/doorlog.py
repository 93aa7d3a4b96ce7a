"""Writing a .doorlog, the exported proof: sections one after the other, and at the end the index that the hub signs.

docs/audit-log.md, section 8. A section of any length is written aside first, because its length stands before it.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, Protocol

import msgspec

from doorctl.wire.notes import Signer, sign_text

_COPY_BYTES = 1 << 20


class Listed(msgspec.Struct, frozen=True):
    """A section as the index lists it."""

    name: str
    length: int
    sha256: str


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Section:
    """Takes what one section holds."""

    def __init__(self, spool: BinaryIO, digest: _Hash) -> None:
        """Write into this file."""
        self._spool, self._digest, self.length = spool, digest, 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._spool.write(data)
        self._digest.update(data)
        self.length += len(data)

    def write_lines(self, lines: Iterable[bytes]) -> None:
        """Append lines, each with its end."""
        if data := b"\n".join([*lines, b""]):
            self.write(data)


class DoorlogWriter:
    """Writes the sections of one .doorlog. Raises OSError."""

    def __init__(self, file: BinaryIO, spool: BinaryIO) -> None:
        """Begin the file; ``spool`` is an empty file for the section that is being written."""
        self._file, self._spool = file, spool
        self._listed: list[Listed] = []
        file.write(b"doorlog/1\n")

    @contextmanager
    def section(self, name: str) -> Iterator[Section]:
        """Yield what takes a section; an empty one is left out."""
        self._spool.seek(0)
        self._spool.truncate()
        digest = hashlib.sha256()
        section = Section(self._spool, digest)
        yield section
        if section.length:
            self._spool.seek(0)
            self._append(name, section.length)
            shutil.copyfileobj(self._spool, self._file, _COPY_BYTES)
            self._file.write(b"\n")
            self._listed.append(Listed(name, section.length, digest.hexdigest()))

    def add(self, name: str, data: bytes) -> None:
        """Write a small section; an empty one is left out."""
        with self.section(name) as section:
            section.write(data)

    def add_hashes(self, name: str, hashes: Iterable[bytes]) -> None:
        """Write a section of hashes, one in hex a line."""
        self.add(name, b"".join(b"%s\n" % each.hex().encode() for each in hashes))

    def finish(self, index: Mapping[str, object], signer: Signer) -> None:
        """Sign the index over all sections, and write it as the last one."""
        said = msgspec.json.encode({**index, "sections": self._listed})
        note = sign_text(b"doorctl/v1/doorlog\n" + said + b"\n", signer)
        self._append("index", len(note))
        self._file.write(note + b"\n")

    def _append(self, name: str, length: int) -> None:
        self._file.write(f"section {name} {length}\n".encode())
