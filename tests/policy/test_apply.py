"""Changes applied to a policy: dense revisions, one chain, and a digest that is always that of the rows."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.core.model import ZoneKind
from doorctl.database import open_writer
from doorctl.errors import Refused
from doorctl.policy.apply import apply_changes, chain_after, find_row, position_of, recomputed_digest, rows_where
from doorctl.policy.rows import CredentialRow, ErasureRow, GrantRow, GroupRow, HolderRow, MemberRow, Row, ZoneRow
from doorctl.policy.schema import migrate
from doorctl.wire.messages import Change, Drop, Put

FLOOR = ZoneRow(id="floor-3", kind=ZoneKind.FLOOR)


@pytest.fixture
def policy(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_writer(tmp_path / "policy.db")
    migrate(connection, site="hq")
    yield connection
    connection.close()


def a_change(revision: int, *operations: Put | Drop) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(Change(revision=revision, at=0, operations=operations)))


def chain_of(*changes: msgspec.Raw) -> str:
    chain = bytes(32)
    for change in changes:
        chain = chain_after(chain, bytes(change))
    return chain.hex()


def test_the_position_follows_the_changes(policy: sqlite3.Connection) -> None:
    changes = [a_change(1, Put(FLOOR)), a_change(2, Put(HolderRow(id="h1")))]

    position = apply_changes(policy, changes, epoch=1, chain=chain_of(*changes))

    assert (position.epoch, position.revision, position.chain.hex()) == (1, 2, chain_of(*changes))
    assert position == position_of(policy)


def test_a_gap_is_refused(policy: sqlite3.Connection) -> None:
    change = a_change(2, Put(FLOOR))

    with pytest.raises(Refused, match="gap"):
        apply_changes(policy, [change], epoch=1, chain=chain_of(change))


def test_another_history_is_a_fork(policy: sqlite3.Connection) -> None:
    with pytest.raises(Refused, match="fork"):
        apply_changes(policy, [a_change(1, Put(FLOOR))], epoch=1, chain="0" * 64)


def test_a_reference_to_nothing_is_inapplicable(policy: sqlite3.Connection) -> None:
    change = a_change(1, Put(MemberRow(holder="h1", group="staff")))

    with pytest.raises(Refused, match="inapplicable"):
        apply_changes(policy, [change], epoch=1, chain=chain_of(change))


def test_a_row_that_is_not_as_stated_cannot_be_dropped(policy: sqlite3.Connection) -> None:
    changes = [a_change(1, Put(FLOOR)), a_change(2, Drop(ZoneRow(id="floor-3", kind=ZoneKind.SERVER_ROOM)))]

    with pytest.raises(Refused, match="inapplicable"):
        apply_changes(policy, changes, epoch=1, chain=chain_of(*changes))


def rows_of(holder: str, *, card: bytes) -> list[Row]:
    return [
        HolderRow(id=holder),
        MemberRow(holder=holder, group="staff"),
        CredentialRow(key=card * 32, holder=holder),
        GrantRow(id=f"g-{holder}", zone="floor-3", holder=holder),
    ]


def test_an_erasure_removes_every_row_of_its_holder_and_of_nobody_else(policy: sqlite3.Connection) -> None:
    building: list[Row] = [FLOOR, GroupRow(id="staff"), GrantRow(id="g-staff", zone="floor-3", group="staff")]
    others = [*building, *rows_of("h2", card=b"B")]
    changes = [
        a_change(1, *map(Put, [*others, *rows_of("h1", card=b"A")])),
        a_change(2, Put(ErasureRow(holder="h1"))),
    ]

    position = apply_changes(policy, changes, epoch=1, chain=chain_of(*changes))

    assert [find_row(policy, row) for row in rows_of("h1", card=b"A")] == [None] * 4
    assert [find_row(policy, row) for row in others] == others
    assert rows_where(policy, ErasureRow, holder="h1") == [ErasureRow(holder="h1")]
    assert recomputed_digest(policy) == position.digest


ARow = ZoneRow | GroupRow | HolderRow
ROWS: list[ARow] = [
    FLOOR,
    ZoneRow(id="floor-3", kind=ZoneKind.SERVER_ROOM),
    GroupRow(id="staff"),
    HolderRow(id="h1"),
    HolderRow(id="h1", valid_until=5),
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(puts=st.lists(st.sampled_from(ROWS), max_size=8), drops=st.integers(0, 8))
def test_the_digest_is_that_of_the_rows_after_any_changes(
    policy: sqlite3.Connection, puts: list[ARow], drops: int
) -> None:
    operations: list[Put | Drop] = [Put(row) for row in puts]
    standing = {(type(row), row.id): row for row in puts}
    operations += [Drop(row) for row in list(standing.values())[:drops]]
    change = a_change(1, *operations)
    policy.execute("BEGIN")

    position = apply_changes(policy, [change], epoch=1, chain=chain_of(change))

    assert position.digest == recomputed_digest(policy)
    policy.execute("ROLLBACK")
