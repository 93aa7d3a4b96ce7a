"""A database that is read block by block while another writes it is of one moment, whatever happens in between."""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.backup.live_blocks import read_live
from doorctl.backup.manifest import BLOCK_BYTES, SITE_DB, SITE_WAL
from doorctl.backup.site_copy import check_site
from doorctl.database import open_writer, run_statements, transaction

ACCOUNTS = 3000
"""Enough rows for a dozen blocks."""
MOST_BLOCKS = 1000
TABLES = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, filler TEXT NOT NULL);
CREATE TABLE changes (count INTEGER NOT NULL);
CREATE TABLE log_heads (controller, log_epoch, size, frontier);
INSERT INTO changes VALUES (0);
"""


class ABank:
    """A database in which every transaction moves an amount: the sum of all balances is nought at every moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_writer(path, busy_milliseconds=5000)
        with transaction(self.connection):
            run_statements(self.connection, TABLES)
            for number in range(ACCOUNTS):
                self.connection.execute("INSERT INTO accounts VALUES (?, 0, ?)", (number, "x" * 250))
        self.checkpoint()

    def move(self, giver: int, taker: int) -> None:
        with transaction(self.connection):
            self.connection.execute("UPDATE accounts SET balance = balance - 1 WHERE id = ?", (giver,))
            self.connection.execute("UPDATE accounts SET balance = balance + 1 WHERE id = ?", (taker,))
            self.connection.execute("UPDATE changes SET count = count + 1")

    def checkpoint(self) -> None:
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @property
    def changes(self) -> int:
        return int(self.connection.execute("SELECT count FROM changes").fetchone()[0])


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ABank]:
    bank = ABank(tmp_path / "site.db")
    yield bank
    bank.connection.close()


def a_copy(
    bank: ABank, folder: Path, meanwhile: Callable[[str, int], None] = lambda _name, _number: None
) -> tuple[int, int]:
    """Read the database while something else happens before each block; return the sum of balances, and changes."""
    read: dict[str, dict[int, bytes]] = {SITE_DB: {}, SITE_WAL: {}}

    def take(name: str, number: int, block: bytes) -> None:
        assert number < MOST_BLOCKS
        read[name][number] = block
        meanwhile(name, number)

    read_live(bank.path, take)
    folder.mkdir(exist_ok=True)
    for name, blocks in read.items():
        (folder / Path(name).name).write_bytes(b"".join(blocks[number] for number in sorted(blocks)))
    check_site(folder / "site.db")
    with closing(sqlite3.connect(folder / "site.db")) as copy:
        found = copy.execute("SELECT sum(balance), (SELECT count FROM changes) FROM accounts").fetchone()
    return int(found[0]), int(found[1])


def test_what_is_only_in_the_log_yet_is_read(bank: ABank, tmp_path: Path) -> None:
    for number in range(20):
        bank.move(number, ACCOUNTS - 1)

    assert a_copy(bank, tmp_path / "copy") == (0, 20)


def test_without_a_log_the_file_is_all(bank: ABank, tmp_path: Path) -> None:
    bank.move(1, 2)
    bank.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert a_copy(bank, tmp_path / "copy") == (0, 1)


def test_checkpoints_and_changes_before_every_block_leave_it_of_one_moment(bank: ABank, tmp_path: Path) -> None:
    bank.move(0, ACCOUNTS - 1)

    def meanwhile(_name: str, number: int) -> None:
        bank.move(number * 200 % ACCOUNTS, ACCOUNTS - 1 - number)
        bank.checkpoint()

    total, changes = a_copy(bank, tmp_path / "copy", meanwhile)

    assert total == 0
    assert 1 <= changes <= bank.changes


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_log_that_is_begun_anew_while_it_is_read_is_read_again(bank: ABank, tmp_path: Path, at: int) -> None:
    for number in range(0, ACCOUNTS, 100):
        bank.move(number, ACCOUNTS - 1 - number)
    bank.checkpoint()  # all is in the file: the reader sees nothing of the log, and the next commit begins it anew
    log_blocks: list[int] = []

    def meanwhile(name: str, number: int) -> None:
        if name == SITE_WAL:
            log_blocks.append(number)
            if log_blocks == list(range(at + 1)):
                bank.move(5, 6)

    total, changes = a_copy(bank, tmp_path / "copy", meanwhile)

    assert log_blocks.count(0) == 2
    assert (total, changes) == (0, bank.changes)


def test_the_log_is_not_begun_anew_while_the_file_is_read_unless_all_of_it_is_there(bank: ABank) -> None:
    bank.move(1, 2)
    before = bank.path.with_name("site.db-wal").read_bytes()[:32]
    seen: list[bytes] = []

    def meanwhile(_name: str, number: int, _block: bytes) -> None:
        assert number < MOST_BLOCKS
        bank.checkpoint()
        bank.move(1, 2)
        seen.append(bank.path.with_name("site.db-wal").read_bytes()[:32])

    read_live(bank.path, meanwhile)

    assert set(seen) == {before}
    assert len(seen) > ACCOUNTS * 250 // BLOCK_BYTES


def test_reading_leaves_the_writer_its_locks(bank: ABank, tmp_path: Path) -> None:
    for _ in range(3):
        a_copy(bank, tmp_path / "copy")
        bank.move(1, 2)
        bank.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert bank.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("copies", [5, pytest.param(500, marks=pytest.mark.long)])
def test_beside_a_busy_writer_every_copy_is_of_one_moment(
    bank: ABank, tmp_path: Path, chance: random.Random, copies: int
) -> None:
    over = threading.Event()

    def write_on() -> None:
        while not over.is_set():
            bank.move(chance.randrange(ACCOUNTS), chance.randrange(ACCOUNTS))
            if chance.random() < 0.05:
                bank.checkpoint()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        found = [a_copy(bank, tmp_path / "copy") for _ in range(copies)]
    finally:
        over.set()
        writer.join()

    assert {total for total, _ in found} == {0}
    assert [changes for _, changes in found] == sorted(changes for _, changes in found)
