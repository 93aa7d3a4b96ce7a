"""Changes above our feature level: kept aside with their zones, while the rest is applied."""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.errors import Refused
from doorctl.policy.apply import Position, apply_changes, chain_after, find_row, position_of, recomputed_digest
from doorctl.policy.needs import Operation, by_level, needs_of, zones_of
from doorctl.policy.rows import (
    CardRingRow,
    DoorRow,
    GrantRow,
    GroupRow,
    HolderRow,
    LockdownRow,
    MemberRow,
    RosterRow,
    Row,
    SuspendedAdminRow,
    ZoneRow,
    ZoneRuleRow,
)
from doorctl.policy.schema import migrate
from doorctl.policy.withheld import highest_need, is_understood_now, withheld_count
from doorctl.wire.messages import FEATURE_LEVEL, Change, Drop, Put

FLOOR = ZoneRow(id="floor-3", kind=ZoneKind.FLOOR)
ADA = HolderRow(id="ada")
OLDER = 1


@pytest.fixture
def policy() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection, site="hq")
    yield connection
    connection.close()


def as_bytes(change: Change) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(change))


def changes_of(*rows: Sequence[Row]) -> list[msgspec.Raw]:
    """One change for each set of rows, with what it needs and which zones it is about."""
    pieces = [tuple(Put(row) for row in each) for each in rows]
    return [
        as_bytes(Change(revision=number, at=0, operations=piece, needs=needs_of(piece), zones=zones_of(piece)))
        for number, piece in enumerate(pieces, start=1)
    ]


def apply(policy: sqlite3.Connection, changes: Sequence[msgspec.Raw], *, level: int = FEATURE_LEVEL) -> Position:
    chain = position_of(policy).chain
    for change in changes:
        chain = chain_after(chain, bytes(change))
    policy.execute("BEGIN")
    try:
        return apply_changes(policy, changes, epoch=1, chain=chain.hex(), level=level)
    except Refused:
        policy.execute("ROLLBACK")
        raise
    finally:
        if policy.in_transaction:
            policy.execute("COMMIT")


def withheld_zones(policy: sqlite3.Connection) -> dict[int, list[str]]:
    rows = policy.execute("SELECT revision, zones FROM withheld_changes ORDER BY revision")
    return {revision: msgspec.json.decode(zones) for revision, zones in rows}


def test_a_change_above_our_level_is_kept_aside_with_its_zones_and_the_rest_applied(
    policy: sqlite3.Connection,
) -> None:
    changes = changes_of([FLOOR], [LockdownRow(scope="floor-3")], [ADA])

    position = apply(policy, changes, level=OLDER)

    assert (position.revision, withheld_zones(policy)) == (3, {2: ["floor-3"]})
    assert (find_row(policy, ADA), find_row(policy, LockdownRow(scope="floor-3"))) == (ADA, None)
    assert position.digest == recomputed_digest(policy)
    assert policy.execute("SELECT change FROM withheld_changes").fetchone()[0] == bytes(changes[1])


def test_the_same_changes_are_all_applied_at_their_level(policy: sqlite3.Connection) -> None:
    apply(policy, changes_of([FLOOR], [LockdownRow(scope="floor-3")], [ADA]))

    assert (withheld_count(policy), find_row(policy, LockdownRow(scope="floor-3"))) == (
        0,
        LockdownRow(scope="floor-3"),
    )


def test_the_chain_is_the_same_at_every_level(policy: sqlite3.Connection) -> None:
    changes = changes_of([FLOOR], [LockdownRow(scope="floor-3")])
    with pytest.raises(Refused, match="fork"):
        apply_changes(policy, changes, epoch=1, chain="0" * 64, level=OLDER)


FROM_TOMORROW = b'{"revision":1,"at":0,"needs":%d,%s"operations":[{"do":"merge","row":{"type":"lift","id":"l1"}}]}'


@pytest.mark.parametrize(
    ("said", "denied"),
    [(b'"zones":["floor-3"],', ["floor-3"]), (b'"zones":["*"],', ["*"]), (b'"zones":[],', []), (b"", ["*"])],
    ids=["one", "all", "none", "unsaid"],
)
def test_of_a_change_from_tomorrow_the_zones_are_read_and_where_none_are_said_all_are_denied(
    policy: sqlite3.Connection, said: bytes, denied: list[str]
) -> None:
    apply(policy, [msgspec.Raw(FROM_TOMORROW % (FEATURE_LEVEL + 1, said))])

    assert (withheld_zones(policy), highest_need(policy)) == ({1: denied}, FEATURE_LEVEL + 1)


def test_a_change_of_our_level_with_rows_that_we_do_not_know_is_refused(policy: sqlite3.Connection) -> None:
    with pytest.raises(Refused, match="malformed"):
        apply(policy, [msgspec.Raw(FROM_TOMORROW % (FEATURE_LEVEL, b""))])

    assert position_of(policy).revision == 0


def test_a_change_above_our_level_does_not_jump_the_order(policy: sqlite3.Connection) -> None:
    with pytest.raises(Refused, match="gap"):
        apply(policy, [msgspec.Raw((FROM_TOMORROW % (9, b"")).replace(b'"revision":1', b'"revision":2'))])


def test_what_rests_on_a_change_kept_aside_is_kept_aside_whole_with_the_zones_it_touches(
    policy: sqlite3.Connection,
) -> None:
    tomorrow = as_bytes(Change(revision=1, at=0, operations=(Put(FLOOR),), needs=9, zones=("floor-3",)))
    grant = GrantRow(id="g1", zone="floor-3", holder="ada")
    resting = as_bytes(Change(revision=2, at=0, operations=(Put(ADA), Put(GroupRow(id="staff")))))
    apply(policy, [tomorrow, resting])

    position = apply(policy, [as_bytes(Change(revision=3, at=0, operations=(Put(GroupRow(id="new")), Put(grant))))])

    assert withheld_zones(policy) == {1: ["floor-3"], 3: ["*"]}
    assert find_row(policy, GroupRow(id="new")) is None
    assert position.digest == recomputed_digest(policy)


def test_a_row_that_would_be_replaced_counts_among_the_zones_touched(policy: sqlite3.Connection) -> None:
    door = DoorRow(id="front", zone="floor-3")
    apply(policy, changes_of([FLOOR, door]))
    tomorrow = as_bytes(Change(revision=2, at=0, operations=(), needs=9, zones=("annex",)))

    apply(
        policy, [tomorrow, as_bytes(Change(revision=3, at=0, operations=(Put(DoorRow(id="front", zone="annex")),)))]
    )

    assert withheld_zones(policy) == {2: ["annex"], 3: ["annex", "floor-3"]}


def test_with_nothing_kept_aside_what_does_not_fit_is_refused(policy: sqlite3.Connection) -> None:
    with pytest.raises(Refused, match="inapplicable"):
        apply(policy, [as_bytes(Change(revision=1, at=0, operations=(Drop(FLOOR),)))])

    assert withheld_count(policy) == 0


def test_an_upgrade_tells_that_what_is_kept_aside_can_be_understood(policy: sqlite3.Connection) -> None:
    apply(policy, changes_of([LockdownRow(scope="*")]), level=OLDER)

    assert [is_understood_now(policy, level=level) for level in (OLDER, FEATURE_LEVEL)] == [False, True]


ZONES_OF: list[tuple[tuple[Row, ...], tuple[str, ...]]] = [
    ((FLOOR, DoorRow(id="front", zone="lab")), ("floor-3", "lab")),
    ((ZoneRuleRow(zone="lab"), RosterRow(zone="lab", note="")), ("lab",)),
    ((LockdownRow(scope="lab"),), ("lab",)),
    ((LockdownRow(scope="*"), FLOOR), ("*",)),
    ((CardRingRow(id="hq", keys=2),), ("*",)),
    ((MemberRow(holder="ada", group="staff"), FLOOR), ("*",)),
    ((SuspendedAdminRow(id="alan"),), ()),
]


@pytest.mark.parametrize(("rows", "zones"), ZONES_OF)
def test_rows_tell_the_zones_they_are_about(rows: tuple[Row, ...], zones: tuple[str, ...]) -> None:
    assert zones_of([Put(row) for row in rows]) == zones


def test_operations_are_parted_where_the_level_changes() -> None:
    operations: list[Operation] = [Put(FLOOR), Put(ADA), Put(ZoneRuleRow(zone="floor-3")), Drop(ADA)]

    pieces = list(by_level(operations))

    assert pieces == [tuple(operations[:2]), tuple(operations[2:3]), tuple(operations[3:])]
    assert [needs_of(piece) for piece in pieces] == [1, 2, 1]
