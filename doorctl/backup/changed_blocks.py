"""Which blocks of site.db are not those of the backup before; they wait in a file without a name."""

from collections.abc import Iterator, Mapping
from typing import IO

from doorctl.backup.manifest import BLOCK_BYTES, PackedFile, digest_of, hash_of
from doorctl.backup.packing import Member

Hashes = Mapping[str, list[bytes]]
"""By file: the hash of each of its blocks, in order."""


class ChangedBlocks:
    """Takes the blocks of a database as they are read, and keeps those that are news."""

    def __init__(self, known: Hashes, spool: IO[bytes]) -> None:
        """Compare with the blocks of the backup before; ``spool`` is an empty file."""
        self.hashes: dict[str, list[bytes]] = {}
        self._known = known
        self._spool = spool
        self._sizes: dict[str, int] = {}
        self._kept: dict[tuple[str, int], tuple[int, int]] = {}

    def take(self, name: str, number: int, block: bytes) -> None:
        """Take a file's next block, or one anew: then the blocks from it on are taken anew. Raises OSError."""
        hashes = self.hashes.setdefault(name, [])
        del hashes[number:]
        hashes.append(digest := hash_of(block))
        self._sizes[name] = number * BLOCK_BYTES + len(block)
        known = self._known.get(name, [])
        if number < len(known) and known[number] == digest:
            self._kept.pop((name, number), None)
            return
        self._kept[name, number] = (self._spool.seek(0, 2), len(block))
        self._spool.write(block)

    def files(self) -> Iterator[PackedFile]:
        """Describe the files that the blocks make up."""
        return (PackedFile(name, self._sizes[name], digest_of(hashes)) for name, hashes in self.hashes.items())

    def members(self) -> Iterator[Member]:
        """Yield the blocks that are news. Raises OSError."""
        for (name, number), (at, size) in self._kept.items():
            if number >= len(self.hashes[name]):
                continue  # of a file that was taken anew, and was shorter then
            self._spool.seek(at)
            yield Member(block_name(name, number), size, (self._spool.read(size),))


def block_name(name: str, number: int) -> str:
    """Name a block as a member of the archive."""
    return f"{name}.blocks/{number:08d}"
