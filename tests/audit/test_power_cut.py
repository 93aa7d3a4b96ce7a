"""A power cut leaves any part of the write-ahead log: each acknowledged record is there, or the start tells the loss.

`make test` tries some hundred places, the ends of frames among them; `make test-long` every length, and every byte
flipped. Pages are of 512 bytes there, so that there are fewer bytes; what SQLite does with them is the same.
"""

import random
import sqlite3
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from doorctl.audit.anchor import SLOT_BYTES, LogMark, read_anchor, slot_bytes
from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.core.records import RecordKind
from tests.audit.logs import ADA, a_draft, a_log

WAL_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
SAMPLES = 50


@dataclass(frozen=True, slots=True)
class Commit:
    """An acknowledged commit: how long the write-ahead log was after it, and what the log was."""

    wal_bytes: int
    mark: LogMark


@dataclass(frozen=True, slots=True)
class Written:
    """A log's files as they were before a power cut; the last commit was never acknowledged."""

    database: bytes
    wal: bytes
    page_bytes: int
    commits: tuple[Commit, ...]

    @property
    def acknowledged(self) -> Commit:
        return self.commits[-2]

    def before(self, at: int) -> Commit:
        """Return the last commit of which every byte lies before this one."""
        return self.commits[bisect_right([commit.wal_bytes for commit in self.commits], at) - 1]

    def frame_ends(self) -> Iterator[int]:
        yield from range(WAL_HEADER_BYTES, len(self.wal) + 1, FRAME_HEADER_BYTES + self.page_bytes)


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in the log after the next start: its size, and what it says first and last."""

    epoch: int
    size: int
    first: Leaf
    last: Leaf


def write(path: Path, *, page_bytes: int) -> Written:
    """Write a log of six commits: the first is in the database, the others in the write-ahead log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = DELETE", f"page_size = {page_bytes}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("VACUUM")
    wal = path.with_name(f"{path.name}-wal")
    log = a_log(path)
    log.append([a_draft("in the database")])
    log.checkpoint_pages()
    commits = [Commit(0, mark_of(path))]
    for number in range(1, 6):
        log.append([a_draft(f"{number}.{turn}", subject=ADA) for turn in range(number)])
        commits.append(Commit(wal.stat().st_size, mark_of(path)))
    written = Written(path.read_bytes(), wal.read_bytes(), page_bytes, tuple(commits))
    log.close()
    return written


@pytest.fixture(autouse=True)
def tables_are_copied(
    tmp_path_factory: pytest.TempPathFactory, empty_log: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have a new log's tables copied, for a Python that makes them takes a fifth of a second."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "empty.db").write_bytes(empty_log)
    copier = folder / "copy"
    copier.write_text(f'#!/bin/sh\nexec cp {folder / "empty.db"} "$3"\n')
    copier.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(copier))


def mark_of(path: Path) -> LogMark:
    with closing(sqlite3.connect(path)) as connection:
        return LogMark(*connection.execute("SELECT epoch, size, root FROM log").fetchone())


@pytest.fixture(scope="session", params=[512, 4096])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_log: bytes) -> Written:
    path = tmp_path_factory.mktemp("written") / "audit.db"
    path.write_bytes(empty_log)
    return write(path, page_bytes=request.param)


@pytest.fixture(scope="session")
def small_pages(tmp_path_factory: pytest.TempPathFactory, empty_log: bytes) -> Written:
    path = tmp_path_factory.mktemp("small") / "audit.db"
    path.write_bytes(empty_log)
    return write(path, page_bytes=512)


def start(folder: Path, written: Written, wal: bytes, anchor: bytes, *, held: LogMark | None = None) -> Found:
    """Start with these files and write a record, after the hub's word if there is one; return what is found then."""
    for file in folder.iterdir():
        file.unlink()
    path = folder / "audit.db"
    path.write_bytes(written.database)
    path.with_name(f"{path.name}-wal").write_bytes(wal)
    path.with_suffix(".anchor").write_bytes(anchor)
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])
        if held is not None:
            log.hub_holds(held)
            log.append([a_draft("after the hub's word")])
    with closing(sqlite3.connect(path)) as connection:
        epoch, size = connection.execute("SELECT epoch, size FROM log").fetchone()
        leaves = connection.execute("SELECT leaf FROM records ORDER BY seq").fetchall()
    assert len(leaves) == size
    return Found(epoch, size, read_leaf(leaves[0][0]), read_leaf(leaves[-1][0]))


def anchored(mark: LogMark) -> bytes:
    """Write the file that the anchor was when the log was so long."""
    return slot_bytes(2, mark) + b" " * SLOT_BYTES


def assert_whole(found: Found, there: Commit) -> None:
    """All records of these commits are there, and the next one follows them."""
    assert (found.epoch, found.size) == (there.mark.epoch, there.mark.size + 1)
    assert found.first.kind is RecordKind.LOG_OPENED


def assert_told(found: Found, known: LogMark, there: Commit) -> None:
    """A new epoch begins by telling what was known, and how many records of it are lost."""
    first = found.first
    assert found.epoch > known.epoch
    assert (first.kind, first.detail.split()[:2]) == (
        RecordKind.LOG_RECOVERED,
        [f"lost={known.size - there.mark.size}", "why=shorter"],
    )
    assert first.tree is not None
    assert (first.tree.epoch, first.tree.size, first.tree.root) == (known.epoch, known.size, known.root.hex())


def assert_nothing_is_lost_unseen(found: Found, written: Written, there: Commit) -> None:
    if there.wal_bytes >= written.acknowledged.wal_bytes:
        assert_whole(found, there)
    else:
        assert_told(found, written.acknowledged.mark, there)


def cut(folder: Path, written: Written, lengths: Iterable[int]) -> None:
    """Cut the write-ahead log at each of these lengths."""
    anchor = anchored(written.acknowledged.mark)
    for length in lengths:
        found = start(folder, written, written.wal[:length], anchor)
        assert_nothing_is_lost_unseen(found, written, written.before(length))


def flip(folder: Path, written: Written, places: Iterable[int], chance: random.Random) -> None:
    """Flip a bit of each of these bytes."""
    anchor = anchored(written.acknowledged.mark)
    for at in places:
        flipped = bytearray(written.wal)
        flipped[at] ^= 1 << chance.randrange(8)
        found = start(folder, written, bytes(flipped), anchor)
        there = written.commits[0] if at < WAL_HEADER_BYTES else written.before(at)
        assert_nothing_is_lost_unseen(found, written, there)


def test_a_log_cut_at_the_ends_of_frames_and_between_loses_nothing_unseen(
    tmp_path: Path, written: Written, chance: random.Random
) -> None:
    around = {
        end + step for end in written.frame_ends() for step in (-1, 0, 1) if 0 <= end + step <= len(written.wal)
    }
    between = chance.sample(range(len(written.wal)), SAMPLES)

    cut(tmp_path, written, sorted({0, 1, *chance.sample(sorted(around), min(SAMPLES, len(around))), *between}))


def test_a_byte_flipped_in_any_commit_loses_nothing_unseen(
    tmp_path: Path, written: Written, chance: random.Random
) -> None:
    header = range(WAL_HEADER_BYTES)
    frames = chance.sample(range(WAL_HEADER_BYTES, len(written.wal)), 2 * SAMPLES)

    flip(tmp_path, written, [*chance.sample(header, 8), *frames], chance)


@pytest.mark.long
@pytest.mark.timeout(2700)
def test_a_log_cut_at_every_length_loses_nothing_unseen(tmp_path: Path, small_pages: Written) -> None:
    cut(tmp_path, small_pages, range(len(small_pages.wal) + 1))


@pytest.mark.long
@pytest.mark.timeout(2700)
def test_every_byte_flipped_loses_nothing_unseen(tmp_path: Path, small_pages: Written, chance: random.Random) -> None:
    flip(tmp_path, small_pages, range(len(small_pages.wal)), chance)


def broken_anchors(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    for length in range(len(whole)):
        yield whole[:length]
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def a_sample(anchors: Iterator[bytes], chance: random.Random) -> Iterator[bytes]:
    return (anchor for anchor in anchors if chance.random() < 0.05)


def every(anchors: Iterator[bytes], _: random.Random) -> Iterator[bytes]:
    return anchors


@pytest.mark.timeout(600)
@pytest.mark.parametrize("some", [a_sample, pytest.param(every, marks=pytest.mark.long)])
def test_with_a_broken_anchor_the_hub_s_word_is_left(
    tmp_path: Path,
    small_pages: Written,
    chance: random.Random,
    some: Callable[[Iterator[bytes], random.Random], Iterator[bytes]],
) -> None:
    cut_at, before, known = small_pages.commits[2], small_pages.commits[3].mark, small_pages.acknowledged.mark
    whole = slot_bytes(2, known) + slot_bytes(1, before)
    path = tmp_path / "anchor"
    folder = tmp_path / "state"
    folder.mkdir()
    for anchor in some(broken_anchors(whole, chance), chance):
        path.write_bytes(anchor)
        says = read_anchor(path)
        found = start(folder, small_pages, small_pages.wal[: cut_at.wal_bytes], anchor, held=known)

        assert says in (None, before, known)
        assert found.first.kind is RecordKind.LOG_RECOVERED
        if says is not None:
            assert_told(found, says, cut_at)
        else:
            assert found.first.tree is not None
            assert found.first.tree.size == known.size
