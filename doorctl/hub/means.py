"""What a hub works with beside its database: its limits, where its snapshots lie, its disk and its clock."""

from dataclasses import dataclass, field

from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.own_log import NO_CLOCK, RecordClock
from doorctl.hub.rights.limits import USUAL_LIMITS, Limits
from doorctl.hub.snapshots.shelf import SnapshotShelf

SETTLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Means:
    """What a hub is given; without a ``shelf`` there are no snapshots.

    ``settle_seconds`` is how long a change may take until controllers that do not answer by it are told of.
    """

    limits: Limits = USUAL_LIMITS
    settle_seconds: float = SETTLE_SECONDS
    shelf: SnapshotShelf | None = None
    disk: DiskReserve = field(default_factory=DiskReserve)
    clock: RecordClock = NO_CLOCK


USUAL_MEANS = Means()
