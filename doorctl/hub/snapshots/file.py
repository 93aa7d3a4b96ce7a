"""One snapshot on the hub's disk: its chunks one after the other, and beside them an index with their hashes.

The index is written when everything else is on disk: data without an index is what a crash left behind.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import msgspec

from doorctl.database import open_reader
from doorctl.durable import sync_folder, write_new_file
from doorctl.policy.apply import Position, position_of
from doorctl.policy.rows import ROW_TYPES
from doorctl.policy.snapshot import chunks_of
from doorctl.wire.messages import Hex32, Offer

_PREFIX = "snapshot-"
_DATA, _INDEX = ".chunks", ".index"
_MODE = 0o600


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a snapshot leads to, and the length and hash of each of its chunks."""

    offer: Offer
    lengths: tuple[int, ...]
    hashes: tuple[Hex32, ...]


_decoder = msgspec.msgpack.Decoder(Index)


class SnapshotFile:
    """A whole snapshot; its chunks are read when somebody asks for them."""

    def __init__(self, folder: Path, index: Index) -> None:
        """Read the data that belongs to this index."""
        self.offer = index.offer
        self.size = sum(index.lengths)
        self._path = _data_path(folder, index.offer.snapshot)
        self._lengths = index.lengths
        self._ends = tuple(accumulate(index.lengths))
        self._hashes = index.hashes

    def chunk(self, number: int) -> bytes:
        """Return the data of one chunk. Raises OSError, and ValueError when it is no longer what was written."""
        with self._path.open("rb") as file:
            file.seek(self._ends[number] - self._lengths[number])
            data = file.read(self._lengths[number])
        if hashlib.sha256(data).hexdigest() != self._hashes[number]:
            raise ValueError(f"chunk {number} of {self._path.name} is damaged")
        return data

    def sha256(self, number: int) -> str:
        """Return the hash of one chunk."""
        return self._hashes[number]

    def remove(self) -> None:
        """Take it off the disk; the index first. Raises OSError."""
        self._path.with_suffix(_INDEX).unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)


def make_snapshot(
    database: Path, folder: Path, snapshot: str, *, is_wanted: Callable[[], bool]
) -> SnapshotFile | None:
    """Write the newest policy as a snapshot of this id; None as soon as it is no longer wanted.

    Raises sqlite3.Error and OSError, with nothing left on the disk.
    """
    data = _data_path(folder, snapshot)
    try:
        index = _write_data(database, data, snapshot, is_wanted=is_wanted)
        if index is not None:
            write_new_file(data.with_suffix(_INDEX), msgspec.msgpack.encode(index), mode=_MODE)
            sync_folder(folder)
            return SnapshotFile(folder, index)
    except BaseException:
        data.unlink(missing_ok=True)
        raise
    data.unlink()
    return None


def _write_data(database: Path, path: Path, snapshot: str, *, is_wanted: Callable[[], bool]) -> Index | None:
    lengths: list[int] = []
    hashes: list[str] = []
    with closing(open_reader(database)) as connection, _new_file(path) as file:
        connection.execute("BEGIN")
        position = position_of(connection)
        for chunk in chunks_of(connection):
            if not is_wanted():
                return None
            file.write(chunk)
            lengths.append(len(chunk))
            hashes.append(hashlib.sha256(chunk).hexdigest())
        file.flush()
        os.fsync(file.fileno())
        offer = _offer(position, snapshot, chunks=len(lengths), needs=level_of_rows(connection))
    return Index(offer, tuple(lengths), tuple(hashes))


def level_of_rows(connection: sqlite3.Connection) -> int:
    """Return the highest feature level of the rows that are there: what a snapshot of them needs."""
    tables = ((row_type.level, row_type.table) for row_type in ROW_TYPES)
    return max(
        (level for level, table in tables if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()),  # noqa: S608
        default=1,
    )


def whole_snapshots(folder: Path) -> list[SnapshotFile]:
    """Return the snapshots in a folder, the oldest first; whatever a crash has left of others is removed."""
    found = sorted(_read_all(folder), key=lambda each: (each.offer.epoch, each.offer.revision))
    kept = {f"{_PREFIX}{each.offer.snapshot}" for each in found}
    for path in folder.glob(f"{_PREFIX}*"):
        if path.stem not in kept:
            path.unlink(missing_ok=True)
    return found


def _read_all(folder: Path) -> Iterator[SnapshotFile]:
    for path in folder.glob(f"{_PREFIX}*{_INDEX}"):
        try:
            file = SnapshotFile(folder, _decoder.decode(path.read_bytes()))
            is_whole = path.with_suffix(_DATA).stat().st_size == file.size
        except (OSError, msgspec.DecodeError):
            continue
        if is_whole and path.stem == f"{_PREFIX}{file.offer.snapshot}":
            yield file


def _data_path(folder: Path, snapshot: str) -> Path:
    return folder / f"{_PREFIX}{snapshot}{_DATA}"


def _new_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb")


def _offer(position: Position, snapshot: str, *, chunks: int, needs: int) -> Offer:
    return Offer(
        snapshot=snapshot,
        chunks=chunks,
        epoch=position.epoch,
        revision=position.revision,
        chain=position.chain.hex(),
        digest=position.digest_hex,
        needs=needs,
    )
