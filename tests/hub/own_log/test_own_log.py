"""The hub's own log: one record after the other, each in the transaction of what it tells."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.audit.checkpoint import HUB_LOG, Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.leaf import TreeMark
from doorctl.audit.log_time import new_epoch
from doorctl.audit.proofs import follows
from doorctl.audit.tree import Tree
from doorctl.clock import ClockQuality
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.own_log import Entry, OwnLog, Personal, RecordClock
from doorctl.hub.site_db import open_site
from doorctl.keys.identity import hub_key_name
from tests.hub.builders import NOON_SECONDS, SITE, a_signer
from tests.hub.own_log.reading import Read, epochs_of, read_log

SIGNER = a_signer(hub_key_name(SITE))
CLOCK = RecordClock("b00t", lambda: 77, lambda: ClockQuality.SYNCHRONIZED)
NOTE = Entry(RecordKind.CLOCK_STEP, "a place")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_site(tmp_path / "site.db", site=SITE)
    yield connection
    connection.close()


@pytest.fixture
def log(connection: sqlite3.Connection) -> OwnLog:
    return OwnLog(connection, SIGNER, site=SITE, clock=CLOCK)


def write(connection: sqlite3.Connection, log: OwnLog, *entries: Entry, at: float = NOON_SECONDS) -> None:
    with transaction(connection):
        log.append(*entries, at=at)


def newest(connection: sqlite3.Connection) -> Read:
    return read_log(connection, SIGNER, epochs_of(connection)[-1])


def mark_of(log: OwnLog) -> TreeMark:
    head = log.head
    assert head is not None
    return TreeMark(HUB_LOG, head.log.log_epoch, head.tree.size, head.tree.root.hex())


def test_the_first_record_opens_the_log(connection: sqlite3.Connection, log: OwnLog) -> None:
    write(connection, log, NOTE)

    assert newest(connection).kinds == [RecordKind.LOG_OPENED, RecordKind.CLOCK_STEP]


def test_a_record_says_when_by_which_clock_and_in_which_boot(connection: sqlite3.Connection, log: OwnLog) -> None:
    write(connection, log, NOTE, at=NOON_SECONDS + 0.25)

    leaf = newest(connection).leaves[1]
    assert (leaf.at, leaf.clock, leaf.mono_ms, leaf.boot) == (
        "2027-01-15T12:00:00.250Z",
        ClockQuality.SYNCHRONIZED,
        77,
        "b00t",
    )


def test_the_log_goes_on_after_a_restart_and_keeps_the_nodes_of_its_tree(
    connection: sqlite3.Connection, log: OwnLog
) -> None:
    write(connection, log, *[NOTE] * 255)
    write(connection, OwnLog(connection, SIGNER, site=SITE), *[NOTE] * 300)

    assert len(newest(connection).raw) == 556
    assert connection.execute("SELECT level, place FROM log_nodes").fetchall() == [(8, 0), (8, 1)]


def test_what_is_rolled_back_leaves_no_record(connection: sqlite3.Connection, log: OwnLog) -> None:
    write(connection, log, NOTE)
    connection.execute("BEGIN IMMEDIATE")
    log.append(NOTE, at=NOON_SECONDS)
    connection.execute("ROLLBACK")
    write(connection, log, NOTE)

    assert len(newest(connection).raw) == 3


def test_persons_stand_in_openings_only(connection: sqlite3.Connection, log: OwnLog) -> None:
    parts = tuple(Personal(holder, f'{{"holder":"{holder}","name":"Ada"}}') for holder in ("h1", "h2"))
    write(connection, log, Entry(RecordKind.COMMAND, subject="holder:h1", personal=parts))

    read = newest(connection)
    assert read.texts == {(1, 0): "holder:h1", (1, 1): parts[0].text, (1, 2): parts[1].text}
    assert not any(word in read.raw[1] for word in (b"Ada", b"h1", b"h2"))


def test_the_same_text_is_committed_to_differently_each_time(connection: sqlite3.Connection, log: OwnLog) -> None:
    write(connection, log, *[Entry(RecordKind.COMMAND, subject="holder:h1")] * 2)

    _, first, second = newest(connection).leaves
    assert first.subject != second.subject


@pytest.mark.parametrize("old", [1, 2, 255, 256, 257, 299, 300])
def test_the_log_proves_that_it_only_grew(connection: sqlite3.Connection, log: OwnLog, old: int) -> None:
    write(connection, log, *[NOTE] * 299)
    read = newest(connection)
    roots = {size: _root(read.raw[:size]) for size in (old, 300)}

    proof = [bytes.fromhex(each) for each in log.proof_since(read.epoch, old, head=log.head)]

    assert follows(proof, old=old, old_root=roots[old], size=300, root=roots[300])


@pytest.mark.parametrize(("epochs_ahead", "size"), [(1, 2), (-1, 2), (0, 3), (0, 2**53)])
def test_nothing_is_proven_of_another_epoch_nor_of_more_than_there_is(
    connection: sqlite3.Connection, log: OwnLog, epochs_ahead: int, size: int
) -> None:
    write(connection, log, NOTE)

    assert log.proof_since(epochs_of(connection)[0] + epochs_ahead, size, head=log.head) == ()


def test_another_configuration_is_recorded_at_the_start(connection: sqlite3.Connection, log: OwnLog) -> None:
    for config in ("aa", "aa", "bb", "bb"):
        with transaction(connection):
            log.boot(config=config, at=NOON_SECONDS)

    assert newest(connection).kinds == [
        RecordKind.LOG_OPENED,
        RecordKind.BOOT,
        RecordKind.BOOT,
        RecordKind.BOOT,
        RecordKind.CONFIG_CHANGED,
        RecordKind.BOOT,
    ]


def test_a_log_put_back_from_a_copy_goes_on_in_a_new_epoch(connection: sqlite3.Connection, log: OwnLog) -> None:
    write(connection, log, NOTE)
    known = mark_of(log)

    with transaction(connection):
        log.put_back("a copy of yesterday", at=NOON_SECONDS)

    (leaf,) = newest(connection).leaves
    assert (leaf.kind, leaf.detail, leaf.tree) == (RecordKind.LOG_RECOVERED, "a copy of yesterday", known)
    assert leaf.epoch > known.epoch


def test_a_new_epoch_is_later_whatever_the_clock_says(connection: sqlite3.Connection, log: OwnLog) -> None:
    for at in (NOON_SECONDS, NOON_SECONDS, 0, NOON_SECONDS):
        with transaction(connection):
            log.put_back("", at=at)

    epochs = [epoch for (epoch,) in connection.execute("SELECT log_epoch FROM records ORDER BY position")]
    assert epochs == sorted(set(epochs))


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM records WHERE seq = 1",
        "UPDATE log_heads SET checkpoint = x'00'",
        "UPDATE log_heads SET size = 1, frontier = zeroblob(32)",
        "UPDATE log_heads SET frontier = x'00'",
        "UPDATE log_heads SET size = size + 1",
    ],
)
def test_a_damaged_log_goes_on_in_a_new_epoch(connection: sqlite3.Connection, log: OwnLog, damage: str) -> None:
    write(connection, log, NOTE)
    connection.execute(damage)

    with transaction(connection):
        log.boot(config="aa", at=NOON_SECONDS)

    assert newest(connection).kinds == [RecordKind.LOG_RECOVERED, RecordKind.BOOT]


@pytest.mark.parametrize("damage", ["frontier = x'00'", "size = size + 1", "checkpoint = x'00'"])
def test_a_damaged_head_holds_no_record_up(connection: sqlite3.Connection, log: OwnLog, damage: str) -> None:
    write(connection, log, NOTE)
    connection.execute(f"UPDATE log_heads SET {damage}")

    write(connection, log, NOTE)

    assert newest(connection).kinds == [RecordKind.LOG_RECOVERED, RecordKind.CLOCK_STEP]
    assert len(epochs_of(connection)) == 2


@pytest.mark.parametrize(
    "epoch", [new_epoch(NOON_SECONDS + 3 * 86_400), 2**53 - 1, 2**53], ids=["of another day", "last", "beyond"]
)
def test_a_checkpoint_of_an_epoch_that_cannot_have_begun_is_refused(
    connection: sqlite3.Connection, log: OwnLog, epoch: int
) -> None:
    write(connection, log, NOTE)
    note = sign_checkpoint(Checkpoint(origin_of(SITE, HUB_LOG, epoch), 5, b"r" * 32), SIGNER)

    with pytest.raises(Refused, match="wrong-log"), transaction(connection):
        log.heed(note, [SIGNER.verifier], at=NOON_SECONDS)

    assert len(epochs_of(connection)) == 1


def test_a_checkpoint_of_ours_that_the_log_follows_changes_nothing(
    connection: sqlite3.Connection, log: OwnLog
) -> None:
    write(connection, log, NOTE)
    head = log.head
    assert head is not None
    write(connection, log, *[NOTE] * 5)

    with transaction(connection):
        assert log.heed(head.checkpoint, [SIGNER.verifier], at=NOON_SECONDS) is False
    assert len(epochs_of(connection)) == 1


@pytest.mark.parametrize(("size", "detail"), [(9, "7 records are lost"), (2, "other records stand in their place")])
def test_a_checkpoint_of_ours_that_the_log_does_not_follow_begins_a_new_epoch(
    connection: sqlite3.Connection, log: OwnLog, size: int, detail: str
) -> None:
    write(connection, log, NOTE)
    epoch, root = epochs_of(connection)[0], b"r" * 32
    note = sign_checkpoint(Checkpoint(origin_of(SITE, HUB_LOG, epoch), size, root), SIGNER)

    with transaction(connection):
        assert log.heed(note, [SIGNER.verifier], at=NOON_SECONDS)

    (leaf,) = newest(connection).leaves
    assert (leaf.kind, leaf.detail) == (RecordKind.LOG_RECOVERED, detail)
    assert leaf.tree == TreeMark(HUB_LOG, epoch, size, root.hex())
    with transaction(connection):
        assert log.heed(note, [SIGNER.verifier], at=NOON_SECONDS) is False


def test_a_later_epoch_that_was_lost_is_left_behind(connection: sqlite3.Connection, log: OwnLog) -> None:
    write(connection, log, NOTE)
    lost = epochs_of(connection)[0] + 2**36
    note = sign_checkpoint(Checkpoint(origin_of(SITE, HUB_LOG, lost), 3, b"r" * 32), SIGNER)

    with transaction(connection):
        log.heed(note, [SIGNER.verifier], at=NOON_SECONDS)

    assert epochs_of(connection)[-1] > lost


@pytest.mark.parametrize(
    ("origin", "signer", "word"),
    [
        (origin_of(SITE, HUB_LOG, 1), a_signer(hub_key_name(SITE)), "unknown-signer"),
        (origin_of(SITE, "pi-1", 1), SIGNER, "wrong-log"),
        (origin_of("other", HUB_LOG, 1), SIGNER, "wrong-log"),
    ],
)
def test_what_is_no_checkpoint_of_ours_is_refused(log: OwnLog, origin: str, signer: object, word: str) -> None:
    note = sign_checkpoint(Checkpoint(origin, 9, b"r" * 32), signer)  # type: ignore[arg-type]

    with pytest.raises(Refused) as refusal:
        log.heed(note, [SIGNER.verifier], at=NOON_SECONDS)

    assert refusal.value.refusal == word


def _root(raw: tuple[bytes, ...]) -> bytes:
    tree = Tree()
    for each in raw:
        tree = tree.append(each)
    return tree.root
