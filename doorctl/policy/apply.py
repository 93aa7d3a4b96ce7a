"""Writing a policy: changes applied to the rows, with the position (revision, chain, digest) kept beside.

The hub and every keeper run this same code over the same tables, so equal revisions mean equal digests.
The caller owns the transaction: one for a whole delta.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.policy.digest import add_digests, digest_of
from doorctl.policy.needs import zones_of
from doorctl.policy.row_sql import DELETE, IN_KEY_ORDER, SELECT, UPSERT, matching
from doorctl.policy.rows import (
    ROW_TYPES,
    ClearanceRow,
    CredentialClassRow,
    CredentialLimitsRow,
    CredentialRow,
    ErasureRow,
    GrantRow,
    HolderRow,
    HolderTimesRow,
    MemberRow,
    PassbackResetRow,
    PinCodeRow,
    PinRow,
    Row,
    SponsorRow,
    TrainingRow,
    VisitorRow,
)
from doorctl.policy.withheld import highest_need, withhold
from doorctl.wire.messages import FEATURE_LEVEL, Change, ChangeFrame, Drop, Put, change_from, frame_from

_CHAIN_BYTES = 32
_LARGEST = 2**53
_OF_A_HOLDER: tuple[tuple[type[Row], str], ...] = (
    (CredentialLimitsRow, "holder"),
    (HolderTimesRow, "holder"),
    (TrainingRow, "holder"),
    (CredentialClassRow, "holder"),
    (CredentialRow, "holder"),
    (ClearanceRow, "holder"),
    (PinRow, "holder"),
    (PassbackResetRow, "holder"),
    (VisitorRow, "holder"),
    (SponsorRow, "holder"),
    (PinCodeRow, "holder"),
    (MemberRow, "holder"),
    (GrantRow, "holder"),
    (HolderRow, "id"),
)
"""What an erasure removes, in an order that references allow."""
_LISTS = ("windows", "times", "zones", "reader_classes", "card_classes")
"""Columns that hold a list, as JSON."""

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a policy has come."""

    site: str
    epoch: int
    revision: int
    chain: bytes
    digest: int

    @property
    def digest_hex(self) -> str:
        """The digest of all rows, as notes write it."""
        return f"{self.digest:064x}"


def position_of(connection: sqlite3.Connection) -> Position:
    """Read the position. Raises sqlite3.Error, TypeError where there is none, and ValueError where it is damaged."""
    site, epoch, revision, chain, digest = connection.execute(
        "SELECT site, epoch, revision, chain, digest FROM position"
    ).fetchone()
    if not (_is_number(epoch) and _is_number(revision) and _is_hash(chain) and _is_hash(digest)):
        raise ValueError("the position is damaged")
    return Position(site, epoch, revision, chain, int.from_bytes(digest))


def chain_after(chain: bytes, change: bytes) -> bytes:
    """Return chain_r = SHA-256(chain_{r-1} ‖ SHA-256(change)): a change may be dropped and its hash kept."""
    return hashlib.sha256(chain + hashlib.sha256(change).digest()).digest()


def apply_changes(
    connection: sqlite3.Connection,
    changes: Sequence[msgspec.Raw],
    *,
    epoch: int,
    chain: str,
    level: int = FEATURE_LEVEL,
) -> Position:
    """Apply consecutive changes that must end at this chain; return the new position.

    A change that needs a higher feature level is kept aside, and so is one that rests on it (ADR 5).

    Raises Refused: ``gap`` (not the next revision), ``fork`` (another chain), ``malformed``, or ``inapplicable`` (a
    row to drop is not there as it should be, or a reference is broken). The caller rolls back.
    """
    position = replace(position_of(connection), epoch=epoch)
    for raw in changes:
        position = _apply_change(connection, raw, position, level)
    if position.chain.hex() != chain:
        raise Refused("fork", f"another history leads to revision {position.revision}")
    write_position(connection, position)
    return position


def write_position(connection: sqlite3.Connection, position: Position) -> None:
    """Store the position in the transaction that stores what it describes."""
    connection.execute(
        "UPDATE position SET epoch = ?, revision = ?, chain = ?, digest = ?",
        (position.epoch, position.revision, position.chain, position.digest.to_bytes(_CHAIN_BYTES)),
    )


def _apply_change(connection: sqlite3.Connection, raw: msgspec.Raw, position: Position, level: int) -> Position:
    change = _read(raw, level)
    if change.revision != position.revision + 1:
        raise Refused("gap", f"revision {change.revision} does not follow {position.revision}")
    digest = position.digest
    if isinstance(change, Change):
        digest = _apply_or_withhold(connection, change, bytes(raw), digest)
    else:
        withhold(connection, bytes(raw), revision=change.revision, needs=change.needs, zones=change.zones)
    chain = chain_after(position.chain, bytes(raw))
    return replace(position, revision=change.revision, chain=chain, digest=digest)


def _read(raw: msgspec.Raw, level: int) -> Change | ChangeFrame:
    """Read a change, or only its frame if it needs a higher level than this."""
    try:
        change = change_from(raw)
        if change.needs <= level:
            return change
    except Refused:
        if frame_from(raw).needs <= level:
            raise
    return frame_from(raw)


def _apply_or_withhold(connection: sqlite3.Connection, change: Change, raw: bytes, digest: int) -> int:
    connection.execute("SAVEPOINT change")
    try:
        digest_now = _apply_operations(connection, change, digest)
    except Refused:
        connection.execute("ROLLBACK TO change")
        needs = highest_need(connection)
        if needs is None:
            raise
        withhold(connection, raw, revision=change.revision, needs=needs, zones=_zones_touched(connection, change))
        digest_now = digest
    connection.execute("RELEASE change")
    return digest_now


def _zones_touched(connection: sqlite3.Connection, change: Change) -> tuple[str, ...]:
    standing = (find_row(connection, operation.row) for operation in change.operations)
    return zones_of([*change.operations, *(Drop(row) for row in standing if row is not None)])


def _apply_operations(connection: sqlite3.Connection, change: Change, digest: int) -> int:
    try:
        for operation in change.operations:
            present = find_row(connection, operation.row)
            match operation:
                case Put(row):
                    if isinstance(row, ErasureRow):
                        digest = _erase(connection, row.holder, digest)
                    connection.execute(UPSERT[type(row)], _values_of(row))
                    digest = add_digests(digest, added=[digest_of(row)])
                case Drop(row):
                    if present != row:
                        raise Refused("inapplicable", f"the {row.table} row to drop is not there")
                    connection.execute(DELETE[type(row)], _key_of(row))
            if present is not None:
                digest = add_digests(digest, removed=[digest_of(present)])
    except sqlite3.IntegrityError as error:
        raise Refused("inapplicable", str(error)) from error
    return digest


def _erase(connection: sqlite3.Connection, holder: str, digest: int) -> int:
    """Remove every row of a holder; return the digest without them."""
    for row_type, column in _OF_A_HOLDER:
        for row in rows_where(connection, row_type, **{column: holder}):
            connection.execute(DELETE[row_type], _key_of(row))
            digest = add_digests(digest, removed=[digest_of(row)])
    return digest


def recomputed_digest(connection: sqlite3.Connection) -> int:
    """Return the digest of the rows as they really are: differs from the position's after drift or bit rot."""
    return add_digests(0, added=(share for row_type in ROW_TYPES for share in digests_of(connection, row_type)))


def digests_of(connection: sqlite3.Connection, row_type: type[Row]) -> Iterator[int]:
    """Give the share of each row of one type in the digest."""
    return (digest_of(_row_from(row_type, values)) for values in connection.execute(SELECT[row_type]))


def find_row(connection: sqlite3.Connection, like: R) -> R | None:
    """Return the row with the same key, as it stands now."""
    row_type = type(like)
    statement = f"{SELECT[row_type]} WHERE {matching(row_type.primary_key)}"
    values = connection.execute(statement, _key_of(like)).fetchone()
    return None if values is None else _row_from(row_type, values)


def rows_where(connection: sqlite3.Connection, row_type: type[R], **columns: str | int | bytes) -> list[R]:
    """Return the rows of one type whose columns have these values, in the order of their keys."""
    statement = f"{SELECT[row_type]} WHERE {matching(columns)} {IN_KEY_ORDER[row_type]}"
    return [_row_from(row_type, values) for values in connection.execute(statement, tuple(columns.values()))]


def _is_number(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= _LARGEST


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == _CHAIN_BYTES


def _row_from(row_type: type[R], values: Sequence[object]) -> R:
    fields = dict(zip(row_type.__struct_fields__, values, strict=True))
    lists = {name: msgspec.json.decode(text) for name in _LISTS if isinstance(text := fields.get(name), str)}
    return msgspec.convert(fields | lists | {"type": row_type.__struct_config__.tag}, row_type, strict=False)


def _values_of(row: Row) -> list[object]:
    values = (getattr(row, field) for field in row.__struct_fields__)
    return [msgspec.json.encode(value).decode() if isinstance(value, tuple) else value for value in values]


def _key_of(row: Row) -> list[object]:
    return [getattr(row, field) for field in row.primary_key]
