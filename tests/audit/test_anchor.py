"""The anchor file: two slots in turn, the newest whole one counts, and nobody who commits waits for it."""

import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import pytest

from doorctl.audit.anchor import SLOT_BYTES, AnchorWriter, LogMark, read_anchor, slot_bytes, write_anchor
from doorctl.audit.log import AuditLog
from tests.audit.logs import a_draft, a_log, stored
from tests.shims.preloaded import Disk, build

WAIT_SECONDS = 60.0
MOST_LAG_SECONDS = 1.0
"""So much of a log may rest on the hub's word alone."""


def mark(size: int, *, epoch: int = 7) -> LogMark:
    return LogMark(epoch, size, size.to_bytes(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.anchor"


@pytest.fixture
def log(tmp_path: Path, empty_log: bytes) -> Iterator[AuditLog]:
    """A log with the anchor of every door."""
    (tmp_path / "audit.db").write_bytes(empty_log)
    log = a_log(tmp_path / "audit.db")
    yield log
    log.close()


@pytest.fixture
def writer(path: Path) -> Iterator[AnchorWriter]:
    writer = AnchorWriter(path, pause=0.0)
    yield writer
    writer.close()


def wait_until_written(path: Path, wanted: LogMark) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while read_anchor(path) != wanted:
        assert time.monotonic() < deadline, f"the anchor says {read_anchor(path)}"
        time.sleep(0.001)


def test_a_slot_is_a_line_of_json_with_its_sum() -> None:
    slot = slot_bytes(3, mark(5))

    assert slot.startswith(b'{"number":3,"epoch":7,"size":5,"root":"' + b"0" * 63 + b'5"}  ')
    assert (len(slot), slot[-9:]) == (SLOT_BYTES, b"a8ea9ce3\n")


def test_the_newest_slot_counts(path: Path) -> None:
    for size in (1, 2, 3, 2):
        write_anchor(path, mark(size))

        assert read_anchor(path) == mark(size)
    assert path.stat().st_size == 2 * SLOT_BYTES


def test_the_slot_that_counts_is_never_the_one_that_is_written(path: Path) -> None:
    write_anchor(path, mark(1))
    for size in range(2, 6):
        write_anchor(path, mark(size))

        slots = {path.read_bytes()[at : at + SLOT_BYTES] for at in (0, SLOT_BYTES)}
        assert slots == {slot_bytes(number, mark(number)) for number in (size - 1, size)}


def test_a_slot_that_was_cut_in_writing_is_the_next_to_be_written(path: Path) -> None:
    write_anchor(path, mark(1))
    write_anchor(path, mark(2))
    with path.open("r+b") as file:
        file.write(bytes(SLOT_BYTES // 2))
    write_anchor(path, mark(3))

    assert path.read_bytes()[SLOT_BYTES:] == slot_bytes(1, mark(1))
    assert read_anchor(path) == mark(3)


def test_a_slot_with_a_flipped_byte_does_not_count(path: Path) -> None:
    write_anchor(path, mark(1))
    write_anchor(path, mark(2))
    whole = path.read_bytes()
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 0x01
        path.write_bytes(flipped)

        assert read_anchor(path) == (mark(1) if at < SLOT_BYTES else mark(2))


@pytest.mark.parametrize("cut", [0, 1, SLOT_BYTES - 1, SLOT_BYTES, SLOT_BYTES + 1, 2 * SLOT_BYTES - 1])
def test_a_cut_anchor_says_what_its_whole_slot_says(path: Path, cut: int) -> None:
    write_anchor(path, mark(1))
    write_anchor(path, mark(2))
    path.write_bytes(path.read_bytes()[:cut])

    assert read_anchor(path) == (mark(2) if cut >= SLOT_BYTES else None)


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"number":1,"epoch":1,"size":1,"root":"00"}', b"\xff"])
def test_a_slot_that_says_something_else_does_not_count(path: Path, line: bytes) -> None:
    padded = line.ljust(SLOT_BYTES - 9)
    path.write_bytes(padded + f"{zlib.crc32(padded):08x}\n".encode())

    assert read_anchor(path) is None


def test_what_is_noted_is_written_by_another_thread(writer: AnchorWriter, path: Path) -> None:
    for size in range(1, 50):
        writer.note(mark(size))

    wait_until_written(path, mark(49))


def test_the_anchor_waits_for_less_than_a_second_after_a_commit() -> None:
    assert 0 < signature(AnchorWriter).parameters["pause"].default < MOST_LAG_SECONDS


def test_a_log_that_is_never_at_rest_is_anchored_all_the_same(log: AuditLog, path: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while (anchored := read_anchor(path)) is None:
        log.append([a_draft()])
        assert time.monotonic() < deadline, "the anchor waits for a pause"

    assert 0 < anchored.size <= log.size


def test_the_newest_commit_of_an_open_log_is_anchored_without_another(log: AuditLog, path: Path) -> None:
    for _ in range(20):
        log.append([a_draft()])
    held = stored(path.with_suffix(".db"))

    wait_until_written(path, LogMark(held.epoch, held.size, held.root))


def test_what_waits_is_written_at_the_end_and_it_goes_on_after_it(path: Path) -> None:
    writer = AnchorWriter(path, pause=60.0)
    for size in (1, 2):
        writer.note(mark(size))
        writer.close()

        assert read_anchor(path) == mark(size)


def test_an_anchor_that_cannot_be_written_is_told_and_tried_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "later" / "audit.anchor"
    writer = AnchorWriter(path, pause=0.01)
    writer.note(mark(1))
    told = ""
    while "anchor_not_written" not in told:
        told += capfd.readouterr().err
    path.parent.mkdir()

    wait_until_written(path, mark(1))
    writer.close()


_WRITES_THREE = """
import sys
from pathlib import Path
from doorctl.audit.anchor import LogMark, write_anchor
path, order = Path(sys.argv[1]), Path(sys.argv[2])
write_anchor(path, LogMark(7, 1, bytes(32)))
order.write_text("fail")
try:
    write_anchor(path, LogMark(7, 2, bytes(32)))
except OSError:
    pass
write_anchor(path, LogMark(7, 3, bytes(32)))
"""


def test_a_failed_flush_is_never_tried_again_on_its_handle(tmp_path: Path, path: Path) -> None:
    disk = Disk(build("disk", tmp_path), tmp_path, files="audit.anchor")
    command = [sys.executable, "-c", _WRITES_THREE, str(path), disk.environment["DISK_ORDER"]]
    subprocess.run(command, check=True, env=os.environ | disk.environment)

    events = disk.flushes()
    (failed,) = [number for number, event in enumerate(events) if event.result]
    assert (events[failed + 1].what, events[failed + 1].descriptor) == ("close", events[failed].descriptor)
    assert [event.result for event in events if event.what == "flush"] == [0, -1, 0]
    assert read_anchor(path) == LogMark(7, 3, bytes(32))
