"""Which feature level an operation needs, and which zones it is about."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from doorctl.policy.rows import (
    CardRingRow,
    ClearanceRow,
    CredentialClassRow,
    DoorModeRow,
    DoorOverrideRow,
    DoorRow,
    ErasureRow,
    GrantRow,
    HolderTimesRow,
    LockdownRow,
    PassbackResetRow,
    PinCodeRow,
    PinRow,
    RosterRow,
    Row,
    SponsorRow,
    SuspendedAdminRow,
    ThreatRow,
    TrainingRow,
    ZoneClassesRow,
    ZoneEscortRow,
    ZoneFactorRow,
    ZoneOccupancyRow,
    ZoneRow,
    ZoneRuleRow,
    ZoneThreatRow,
    ZoneTrainingRow,
)
from doorctl.wire.messages import Drop, Put, change_from, frame_from

Operation = Put | Drop

EVERYWHERE = "*"
_RING = b'"card-ring"'
_ZONE_IN: dict[type[Row], str] = {
    ZoneRow: "id",
    DoorRow: "zone",
    GrantRow: "zone",
    ZoneRuleRow: "zone",
    RosterRow: "zone",
    LockdownRow: "scope",
    ZoneFactorRow: "zone",
    DoorModeRow: "zone",
    DoorOverrideRow: "zone",
    ZoneOccupancyRow: "zone",
    ZoneEscortRow: "zone",
    ZoneClassesRow: "zone",
    ZoneThreatRow: "zone",
    ZoneTrainingRow: "zone",
}
_ABOUT_NO_ZONE: frozenset[type[Row]] = frozenset(
    {
        *(SuspendedAdminRow, ErasureRow, PinRow, PinCodeRow, PassbackResetRow, HolderTimesRow, TrainingRow),
        *(CredentialClassRow, ThreatRow, ClearanceRow, SponsorRow),
    }
)
"""What is said of cards, holders and the site counts only where a row says so that names its zone."""


def needs_of(operations: Iterable[Operation]) -> int:
    """Return the feature level that knows all these rows."""
    return max((operation.row.level for operation in operations), default=1)


def zones_of(operations: Iterable[Operation]) -> tuple[str, ...]:
    """Return the zones that these rows are about, in order; ``*`` alone when one may be about any zone.

    A row that is replaced by one of another zone counts, too: add it as a drop.
    """
    zones = sorted({zone for operation in operations for zone in _zones_of(operation.row)})
    return (EVERYWHERE,) if EVERYWHERE in zones else tuple(zones)


def by_level(operations: Iterable[Operation]) -> Iterator[tuple[Operation, ...]]:
    """Part operations, in their order, where the level changes: who is below a level misses nothing of his own."""
    for _, piece in groupby(operations, key=lambda operation: operation.row.level):
        yield tuple(piece)


def ring_keys_of(changes: Iterable[msgspec.Raw], *, level: int) -> int:
    """Return how many keys of the ring of card keys these changes ask for, 0 if they do not speak of it.

    Raises Refused ``malformed``.
    """
    speaking = (raw for raw in changes if _RING in bytes(raw) and frame_from(raw).needs <= level)
    rows = (
        operation.row for raw in speaking for operation in change_from(raw).operations if isinstance(operation, Put)
    )
    return max((row.keys for row in rows if isinstance(row, CardRingRow)), default=0)


def _zones_of(row: Row) -> tuple[str, ...]:
    if type(row) in _ABOUT_NO_ZONE:
        return ()
    field = _ZONE_IN.get(type(row))
    return (EVERYWHERE,) if field is None else (getattr(row, field),)
