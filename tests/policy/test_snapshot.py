"""A policy as chunks: what was packed is unpacked, and nothing else is taken for a chunk."""

import random
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from doorctl.errors import Refused
from doorctl.policy.apply import recomputed_digest
from doorctl.policy.digest import add_digests
from doorctl.policy.row_sql import SELECT
from doorctl.policy.rows import ROW_TYPES, CredentialRow, GroupRow, RosterRow, Row
from doorctl.policy.snapshot import MAX_CHUNK_BYTES, MAX_PACKED_BYTES, chunks_of, rows_in
from tests.policy.every_row import EVERY_ROW
from tests.policy.policies import write_policy

PEOPLE = 5000
MOST_BYTES = 350_000
NOTE_BYTES = 320


def unpacked(chunks: Iterable[bytes]) -> list[Row]:
    return [row for chunk in chunks for row in rows_in(chunk).rows]


@pytest.fixture
def policy(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A policy with rows of every type."""
    write_policy(tmp_path / "policy.db", EVERY_ROW)
    with closing(sqlite3.connect(tmp_path / "policy.db")) as connection:
        yield connection


def people(connection: sqlite3.Connection, count: int = PEOPLE) -> None:
    """Give everybody a card and a grant of their own: no two have anything in common."""
    chance = random.Random(3)
    holders = [f"{chance.getrandbits(64):016x}" for _ in range(count)]
    connection.execute("DELETE FROM credentials")
    connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", ((each,) for each in holders))
    connection.executemany(
        "INSERT INTO credentials (\"key\", holder, status) VALUES (?, ?, 'active')",
        ((chance.randbytes(32), each) for each in holders),
    )
    connection.executemany(
        "INSERT INTO grants (id, zone, holder) VALUES (?, 'floor-3', ?)",
        ((f"{chance.getrandbits(64):016x}", each) for each in holders),
    )


def test_every_type_of_row_has_a_sample() -> None:
    assert {type(row) for row in EVERY_ROW} == set(ROW_TYPES)


def test_every_row_comes_out_as_it_went_in(policy: sqlite3.Connection) -> None:
    rows = unpacked(chunks_of(policy))

    assert (set(rows), len(rows)) == (set(EVERY_ROW), len(EVERY_ROW))
    assert [ROW_TYPES.index(type(row)) for row in rows] == sorted(ROW_TYPES.index(type(row)) for row in rows)


def test_the_columns_are_what_sqlite_holds(policy: sqlite3.Connection) -> None:
    for piece in map(rows_in, chunks_of(policy)):
        kept = policy.execute(SELECT[piece.row_type]).fetchall()

        assert sorted(zip(*piece.columns, strict=True), key=repr) == sorted(kept, key=repr)


def test_the_digests_of_all_chunks_are_that_of_the_policy(policy: sqlite3.Connection) -> None:
    digests = [rows_in(chunk).digest for chunk in chunks_of(policy)]

    assert add_digests(0, added=digests) == recomputed_digest(policy)


def test_an_empty_policy_has_no_chunks(tmp_path: Path) -> None:
    write_policy(tmp_path / "empty.db", [])
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        assert list(chunks_of(connection)) == []


def test_a_snapshot_of_5000_people_is_small(tmp_path: Path) -> None:
    write_policy(tmp_path / "policy.db", [row for row in EVERY_ROW if row.level == 1])
    with closing(sqlite3.connect(tmp_path / "policy.db")) as policy:
        people(policy)

        sizes = [len(chunk) for chunk in chunks_of(policy)]

    assert sum(sizes) + NOTE_BYTES * len(sizes) <= MOST_BYTES
    assert max(sizes) <= MAX_CHUNK_BYTES


def test_rows_come_in_the_order_of_their_keys_across_chunks(policy: sqlite3.Connection) -> None:
    people(policy)

    keys = [row.key for row in unpacked(chunks_of(policy)) if isinstance(row, CredentialRow)]

    assert len(keys) == PEOPLE
    assert all(before < after for before, after in pairwise(keys))


def test_rows_that_suddenly_compress_worse_are_parted(policy: sqlite3.Connection) -> None:
    policy.execute("DELETE FROM rosters")
    zones = [f"zone-{number:05}" for number in range(2000)]
    chance = random.Random(3)
    policy.executemany("INSERT INTO zones (id, kind, on_audit_failure) VALUES (?, 'floor', 'deny')", zip(zones))
    policy.executemany(
        "INSERT INTO rosters (zone, note) VALUES (?, ?)",
        ((zone, "" if number < 1000 else chance.randbytes(500).hex()) for number, zone in enumerate(zones)),
    )

    chunks = list(chunks_of(policy))

    assert max(map(len, chunks)) <= MAX_CHUNK_BYTES
    assert sum(isinstance(row, RosterRow) for row in unpacked(chunks)) == len(zones)


# What is no chunk.


def packed(chunk: bytes) -> list[object]:
    decoded = msgspec.msgpack.decode(zlib.decompress(chunk))
    assert isinstance(decoded, list)
    return decoded


def repacked(content: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(content))


@pytest.fixture
def chunks(policy: sqlite3.Connection) -> list[bytes]:
    return list(chunks_of(policy))


def content_of(chunk: bytes) -> tuple[Row, ...] | None:
    try:
        return rows_in(chunk).rows
    except Refused:
        return None


def test_a_chunk_with_any_byte_flipped_is_refused_unless_it_unpacks_to_the_same(chunks: list[bytes]) -> None:
    for chunk in chunks:
        flips = (chunk[:at] + bytes([chunk[at] ^ 1]) + chunk[at + 1 :] for at in range(len(chunk)))
        taken = [flipped for flipped in flips if content_of(flipped) is not None]

        assert all(zlib.decompress(flipped) == zlib.decompress(chunk) for flipped in taken)


def test_a_chunk_cut_anywhere_is_refused(chunks: list[bytes]) -> None:
    for cut in (chunk[:end] for chunk in chunks for end in range(len(chunk))):
        with pytest.raises(Refused, match="bad-chunk"):
            rows_in(cut)


def test_a_chunk_with_something_after_its_end_is_refused(chunks: list[bytes]) -> None:
    with pytest.raises(Refused, match="bad-chunk"):
        rows_in(chunks[0] + b"x")


@pytest.mark.parametrize(
    "content",
    [
        [],
        "groups",
        ["groups"],
        ["position", [["a"]]],
        ["groups", []],
        ["groups", [[]]],
        ["groups", [["a"], ["b"]]],
        ["groups", [["a b"]]],
        ["groups", [[None]]],
        ["members", [["ada", "alan"], ["staff"]]],
        ["holidays", [["2027-02-30"]]],
        ["holders", [["ada"], ["ACTIVE"], [None], [None]]],
        ["holders", [["ada"], ["active"], ["1"], [None]]],
        ["credentials", [b"x" * 63, ["ada"] * 2, ["active"] * 2, [None] * 2, [None] * 2]],
        ["credentials", [b"x" * 33, ["ada"], ["active"], [None], [None]]],
        ["grants", [["g"], ["floor-3"], ["ada"], ["staff"], [None], [None], [None]]],
        ["schedules", [["day"], ["["], ["replace"]]],
        ["schedules", [["day"], ['[{"days":[],"start":"07:00","end":"08:00"}]'], ["replace"]]],
        ["zone_rules", [["floor-3"], [1], [2], [None], [0], [None]]],
    ],
)
def test_what_holds_no_rows_of_ours_is_refused(content: object) -> None:
    with pytest.raises(Refused, match="bad-chunk"):
        rows_in(repacked(content))


def test_a_good_chunk_made_the_same_way_is_taken() -> None:
    assert rows_in(repacked(["groups", [["staff"]]])).rows == (GroupRow(id="staff"),)


def test_a_chunk_that_unpacks_to_too_much_is_refused() -> None:
    names = [f"g-{number:030}" for number in range(MAX_PACKED_BYTES // 32)]
    bomb = repacked(["groups", [names]])
    assert len(bomb) < MAX_CHUNK_BYTES

    with pytest.raises(Refused, match="bad-chunk"):
        rows_in(bomb)


def test_a_chunk_that_is_too_long_is_refused() -> None:
    names = [random.Random(number).randbytes(16).hex() for number in range(4000)]

    with pytest.raises(Refused, match="at most"):
        rows_in(repacked(["groups", [names]]))
