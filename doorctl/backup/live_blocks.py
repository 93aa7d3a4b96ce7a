"""Reading a hub's site.db block by block while the hub writes it, as of one moment, without copying it.

A read transaction is held meanwhile. By SQLite's rules for a write-ahead log (sqlite.org/walformat.html) then

1. no page goes from the log into the database file but such as the transaction sees, and those are in the log, too;
2. the log is not begun anew, unless the transaction sees nothing of it; then nothing goes into the database file.

So the bytes of the file, read in any order, and after them those of the log make a database of one moment: whoever
opens the two carries the log's pages over, whole commits alone. A log that was begun anew while it was read is read
again; its first bytes tell.
"""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

from doorctl.backup.manifest import BLOCK_BYTES, SITE_DB, SITE_WAL, blocks_of
from doorctl.database import open_reader

OnBlock = Callable[[str, int, bytes], None]
"""Gets the name of the file, the block's number in it, and its bytes; the same block of the log may come again."""

_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_BUSY_MILLISECONDS = 5000


def read_live(database: Path, on_block: OnBlock) -> None:
    """Bring every block of a database and of its write-ahead log. Raises sqlite3.Error and OSError."""
    with ExitStack() as held:
        # Closed after the connection: closing it earlier would end the connection's own locks (POSIX, fcntl).
        file = held.enter_context(database.open("rb", buffering=0))
        connection = held.enter_context(closing(open_reader(database, busy_milliseconds=_BUSY_MILLISECONDS)))
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        _bring(file, SITE_DB, on_block)
        if (wal := _log_of(database)).exists():
            with wal.open("rb", buffering=0) as file:
                while not _bring_log(file, on_block):
                    pass


def log_mark(database: Path) -> str | None:
    """Return what tells this write-ahead log from every other, and from itself after a commit; None without a log.

    As long as it is the same, nothing was committed. Raises OSError.
    """
    wal = _log_of(database)
    if not wal.exists():
        return None
    sha256 = hashlib.sha256()
    with wal.open("rb", buffering=0) as file:
        header = _at(file, 0, _WAL_HEADER_BYTES)
        _bring(file, SITE_WAL, lambda _name, _number, block: sha256.update(block), end=_log_end(file, header))
    return sha256.hexdigest() if header else None


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


def _bring_log(file: BinaryIO, on_block: OnBlock) -> bool:
    """Read the write-ahead log; tell whether it was the same one all the time."""
    header = _at(file, 0, _WAL_HEADER_BYTES)
    _bring(file, SITE_WAL, on_block, end=_log_end(file, header))
    return _at(file, 0, _WAL_HEADER_BYTES) == header


def _log_end(file: BinaryIO, header: bytes) -> int:
    """Return where the frames of this log end; behind them stand those of an older one, which was longer."""
    page_bytes, salts = int.from_bytes(header[8:12]), header[16:24]
    end = len(header)
    while salts and _at(file, end + 8, len(salts)) == salts:
        end += _FRAME_HEADER_BYTES + page_bytes
    return end


def _at(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)


def _bring(file: BinaryIO, name: str, on_block: OnBlock, *, end: int | None = None) -> None:
    file.seek(0)
    for number, block in enumerate(blocks_of(file)):
        within = block if end is None else block[: max(end - number * BLOCK_BYTES, 0)]
        if not within:
            return
        on_block(name, number, within)
