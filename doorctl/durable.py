"""Files that are written in one durable step: what was there, or all of the new, whatever fails in between."""

import os
from collections.abc import Callable
from pathlib import Path


def write_new_file(
    path: Path, data: bytes, *, mode: int, piece_bytes: int | None = None, rest: Callable[[], None] | None = None
) -> None:
    """Make a file that is on disk when this returns; a failure leaves none. Raises FileExistsError and OSError.

    Of one that is large, pieces of so many bytes are on disk before each ``rest``, which may raise OSError, too.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    piece_bytes = piece_bytes or max(1, len(data))
    try:
        with os.fdopen(descriptor, "wb") as file:
            for start in range(0, max(1, len(data)), piece_bytes):
                file.write(data[start : start + piece_bytes])
                file.flush()
                os.fsync(file.fileno())
                if rest is not None:
                    rest()
    except OSError:
        path.unlink(missing_ok=True)
        raise


def replace_file(path: Path, data: bytes, *, mode: int = 0o666, owner: tuple[int, int] | None = None) -> None:
    """Put a file in the place of the one before it; ``owner`` is a user and a group that shall have it.

    Raises OSError, with the one before it still there and none beside it.
    """
    aside = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    write_new_file(aside, data, mode=mode)
    try:
        if owner is not None:
            os.chown(aside, *owner)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
