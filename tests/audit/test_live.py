"""A log where it lies: what is wrong is found and named, and what is right is said to be proven."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit.anchor import LogMark, anchor_beside, write_anchor
from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.cosignature import cosign
from doorctl.audit.live import CHUNK_RECORDS, Keys, LiveVerdict, verify_live
from doorctl.audit.log import AuditLog
from doorctl.keys.identity import hub_key_name
from doorctl.wire.notes import Signer
from tests.audit.logs import ADA, CONTROLLER, SIGNER, SITE, a_draft, a_log, damage, stored

HUB, FORMER_HUB, STRANGER = (
    Signer(hub_key_name(SITE), Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)) for number in (1, 2, 3)
)
KEYS = Keys(SITE, CONTROLLER, SIGNER.verifier, (HUB.verifier, FORMER_HUB.verifier))
AT = 1_800_000_000


@pytest.fixture
def grown(log: AuditLog, path: Path) -> AuditLog:
    """A log of ten records in four commits, with an anchor at its end, that is still open."""
    for commit in range(4):
        log.append([a_draft(f"{commit}.{number}", subject=ADA) for number in range(2 if commit else 3)])
    anchor(path, mark_of(path))
    return log


def mark_of(path: Path, size: int | None = None) -> LogMark:
    """Return the mark of a log at its end, or the one that its checkpoint of that size tells."""
    found = stored(path)
    return LogMark(found.epoch, found.size, found.root) if size is None else LogMark(found.epoch, size, found.root)


def anchor(path: Path, mark: LogMark) -> None:
    write_anchor(anchor_beside(path), mark)


def cosigned(path: Path, mark: LogMark, *, by: Signer = HUB, log: Signer = SIGNER) -> None:
    """Let the hub cosign a checkpoint of this mark."""
    checkpoint = Checkpoint(origin_of(SITE, CONTROLLER, mark.epoch), mark.size, mark.root)
    path.with_name("cosigned.note").write_bytes(cosign(sign_checkpoint(checkpoint, log), by, at=AT))


def verdict(path: Path, keys: Keys = KEYS) -> LiveVerdict:
    return verify_live(path, keys, cosigned=path.with_name("cosigned.note"))


def test_a_whole_log_is_proven_beside_the_door_that_writes_it(grown: AuditLog, path: Path) -> None:
    cosigned(path, mark_of(path))
    grown.append([a_draft("after")])
    found = verdict(path)

    assert found.whole
    assert found.proven == (
        "11 records from 0 on lead to the signed checkpoint at 11",
        "the anchor at 10 records has the same root",
        "the hub's cosignature at 10 records has the same root",
    )
    assert (found.cosigned_size, found.cosigned_at, found.not_proven) == (10, AT, ())


def test_what_cannot_be_proven_is_said(grown: AuditLog, path: Path) -> None:
    anchor_beside(path).unlink()
    found = verdict(path)

    assert found.whole
    assert [text.partition(":")[0] for text in found.not_proven] == [
        "what the hub holds",
        "that nothing was cut off before this start",
    ]


def test_the_hub_s_word_of_an_earlier_epoch_proves_nothing_of_this_one(grown: AuditLog, path: Path) -> None:
    earlier = LogMark(stored(path).epoch - 1, 99, bytes(32))
    cosigned(path, earlier)
    found = verdict(path)

    assert (found.whole, found.cosigned_size) == (True, None)
    assert [text for text in found.not_proven if "what the hub holds" in text]


def test_a_cosignature_by_a_former_key_of_the_hub_counts(grown: AuditLog, path: Path) -> None:
    cosigned(path, mark_of(path), by=FORMER_HUB)

    assert verdict(path).cosigned_size == 10


def test_what_was_lost_before_is_not_proven(grown: AuditLog, path: Path) -> None:
    grown.close()
    damage(path, "UPDATE log SET root = zeroblob(32)")
    with closing(a_log(path)) as log:
        log.append([a_draft("after")])
    found = verdict(path)

    assert found.whole
    assert [text for text in found.not_proven if text.startswith("the epoch before this one: lost=0 why=unreadable")]
    assert [text for text in found.not_proven if "audit.db.broken-" in text and "put aside" in text]


def test_a_log_longer_than_a_chunk_is_read_to_its_end(log: AuditLog, path: Path) -> None:
    log.append([a_draft()] * (CHUNK_RECORDS + 5))
    told: list[int] = []
    found = verify_live(path, KEYS, cosigned=path.with_name("none"), tell=told.append)

    assert (found.whole, found.size, told) == (True, CHUNK_RECORDS + 6, [CHUNK_RECORDS, 6])


def test_openings_that_were_wiped_are_no_wrong_ones(grown: AuditLog, path: Path) -> None:
    list(grown.erase(ADA.removeprefix("holder:")))

    assert verdict(path).whole


def replaced(column: str, old: str, new: str, where: str) -> str:
    table = "records" if where else "log"
    return f"UPDATE {table} SET {column} = CAST(replace({column}, '{old}', '{new}') AS BLOB) {where}"


WRONG: dict[str, tuple[str, str]] = {
    "edited": (replaced("leaf", "2.0", "2.9", "WHERE seq = 6"), "the checkpoint after record 7 is of other records"),
    "edited at the end": (replaced("leaf", "3.1", "3.9", "WHERE seq = 9"), "after record 9 is of other records"),
    "deleted": ("DELETE FROM records WHERE seq = 5", "record 5 is missing"),
    "deleted at the end": ("DELETE FROM records WHERE seq = 9", "record 9 is missing"),
    "no record": ("UPDATE records SET leaf = x'7b7d' WHERE seq = 4", "record 4 cannot be read"),
    "of another log": (replaced("leaf", "pi-3", "pi-4", "WHERE seq = 4"), "record 4 is of another place"),
    "of another number": (replaced("leaf", '"seq":4', '"seq":5', "WHERE seq = 4"), "record 4 is of another place"),
    "another person": (
        "UPDATE openings SET subject = 'holder:eve' WHERE seq = 6",
        "opening of record 6 names somebody",
    ),
    "checkpoint between": (
        "UPDATE records SET checkpoint = (SELECT checkpoint FROM log) WHERE seq = 3",
        "the checkpoint after record 3 is of other records",
    ),
    "root": ("UPDATE log SET root = zeroblob(32)", "another root than the checkpoint's at 10"),
    "frontier": ("UPDATE log SET frontier = zeroblob(64)", "frontier does not belong"),
    "signature": (replaced("checkpoint", "— ", "— x", ""), "not signed by the log's key"),
    "nothing": ("DELETE FROM log", "no record in the log"),
    "no table": ("DROP TABLE records", "cannot be read"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_a_log_is_found_and_named(grown: AuditLog, path: Path, wrong: str) -> None:
    statement, words = WRONG[wrong]
    grown.close()
    damage(path, statement)
    found = verdict(path)

    assert not found.whole
    assert words in found.problems[0]


def shorter_than_the_anchor(path: Path) -> None:
    anchor(path, LogMark(stored(path).epoch, 11, bytes(32)))


def other_than_the_anchor(path: Path) -> None:
    anchor(path, LogMark(stored(path).epoch, 6, bytes(32)))


def older_than_the_anchor(path: Path) -> None:
    anchor(path, LogMark(stored(path).epoch + 1, 1, bytes(32)))


def shorter_than_the_hub_s(path: Path) -> None:
    cosigned(path, LogMark(stored(path).epoch, 12, bytes(32)))


def other_than_the_hub_s(path: Path) -> None:
    cosigned(path, LogMark(stored(path).epoch, 6, bytes(32)))


def cosigned_by_a_stranger(path: Path) -> None:
    cosigned(path, mark_of(path), by=STRANGER)


def cosigned_for_a_stranger(path: Path) -> None:
    cosigned(path, mark_of(path), log=STRANGER)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (shorter_than_the_anchor, "the anchor is of 11 records of epoch"),
        (older_than_the_anchor, "the anchor is of 1 records of epoch"),
        (other_than_the_anchor, "the anchor has another root at 6 records"),
        (shorter_than_the_hub_s, "the hub's cosignature is of 12 records of epoch"),
        (other_than_the_hub_s, "the hub's cosignature has another root at 6 records"),
        (cosigned_by_a_stranger, "not by the log's and the hub's keys"),
        (cosigned_for_a_stranger, "not by the log's and the hub's keys"),
    ],
)
def test_a_log_that_is_not_what_others_know_of_it_is_not_whole(
    grown: AuditLog, path: Path, make: Callable[[Path], None], words: str
) -> None:
    make(path)
    found = verdict(path)

    assert not found.whole
    assert words in found.problems[0]


def test_a_log_by_another_key_is_not_whole(grown: AuditLog, path: Path) -> None:
    found = verdict(path, Keys(SITE, CONTROLLER, STRANGER.verifier))

    assert "not signed by the log's key" in found.problems[0]
