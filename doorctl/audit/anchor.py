"""The anchor file: how long the log is, and under which root, kept outside of its database (docs/audit-log.md, 7).

1. Two slots are written in turn, never both: a cut in the middle of one leaves the other whole.
2. A thread of its own writes it, within a second after a commit; a disk that hangs delays nothing else.
3. A failed flush is never tried again on its handle: the file is opened anew, and the slot written again.
"""

import os
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from doorctl import journal
from doorctl.audit.leaf import Hex

SLOT_BYTES = 512
PAUSE_SECONDS = 0.5
"""So long after a commit at most, so that a busy door writes it twice a second and no more."""
_STOP_SECONDS = 2.0
_SUM_BYTES = 9
_LINE_BYTES = SLOT_BYTES - _SUM_BYTES
_SLOTS = 2


@dataclass(frozen=True, slots=True)
class LogMark:
    """How long a log was: its epoch, its size, the root of its tree at that size."""

    epoch: int
    size: int
    root: bytes

    @property
    def order(self) -> tuple[int, int]:
        """What is later is higher."""
        return self.epoch, self.size


class _Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    epoch: int
    size: int
    root: Hex


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(_Slot)


def anchor_beside(log: Path) -> Path:
    """Return where the anchor of a log is."""
    return log.with_suffix(".anchor")


def slot_bytes(number: int, mark: LogMark) -> bytes:
    """Write a slot: one line of JSON, spaces, CRC-32 of both in hex, a line break; ``SLOT_BYTES`` in all."""
    line = _encode(_Slot(number, mark.epoch, mark.size, mark.root.hex())).ljust(_LINE_BYTES)
    return line + f"{zlib.crc32(line):08x}\n".encode()


def read_anchor(path: Path) -> LogMark | None:
    """Return the newest mark of an anchor file; None when it has none that is whole, or cannot be read."""
    newest = _newest(path)
    return None if newest is None else LogMark(newest.epoch, newest.size, bytes.fromhex(newest.root))


def write_anchor(path: Path, mark: LogMark) -> None:
    """Write the older slot of an anchor file, on disk when this returns. Raises OSError."""
    newest = _newest(path)
    number = 1 if newest is None else newest.number + 1
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < _SLOTS * SLOT_BYTES:
            os.pwrite(descriptor, b" ", _SLOTS * SLOT_BYTES - 1)
        os.pwrite(descriptor, slot_bytes(number, mark), number % _SLOTS * SLOT_BYTES)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _newest(path: Path) -> _Slot | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    slots = (_slot(data[at : at + SLOT_BYTES]) for at in range(0, _SLOTS * SLOT_BYTES, SLOT_BYTES))
    return max((slot for slot in slots if slot is not None), key=lambda slot: slot.number, default=None)


def _slot(data: bytes) -> _Slot | None:
    line, told = data[:_LINE_BYTES], data[_LINE_BYTES:]
    if told != f"{zlib.crc32(line):08x}\n".encode():
        return None
    with suppress(msgspec.DecodeError, ValueError):
        slot = _decoder.decode(line)
        return slot if len(slot.root) == 64 else None
    return None


class AnchorWriter:
    """Writes marks beside whoever commits; only the newest that waits is written."""

    def __init__(self, path: Path, *, pause: float = PAUSE_SECONDS) -> None:
        """Write this file; its thread begins with the first mark. ``pause`` is in seconds."""
        self._path = path
        self._pause = pause
        self._wanted: LogMark | None = None
        self._news = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0

    def read(self) -> LogMark | None:
        """Return what the file says."""
        return read_anchor(self._path)

    def note(self, mark: LogMark) -> None:
        """Have this written soon; never waits."""
        self._wanted = mark
        self._news.set()
        if self._thread is None:
            self._ending = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._ending,), name="anchor", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what waits, and end the thread; one that a disk holds up is left behind."""
        if self._thread is not None:
            self._ending.set()
            self._news.set()
            self._thread.join(_STOP_SECONDS)
            self._thread = None

    def _run(self, ending: threading.Event) -> None:
        written: LogMark | None = None
        while not ending.is_set():
            self._news.wait()
            ending.wait(self._pause)
            self._news.clear()
            wanted = self._wanted
            if wanted is not None and wanted != written and self._write(wanted):
                written = wanted

    def _write(self, mark: LogMark) -> bool:
        try:
            write_anchor(self._path, mark)
        except OSError as error:
            self._failures += 1
            if journal.is_worth_saying(self._failures):
                journal.say("anchor_not_written", journal.Level.WARNING, why=error, count=self._failures)
            self._news.set()
            return False
        return True
