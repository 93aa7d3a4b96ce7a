"""How much of their logs controllers may upload: a stolen one shall not fill the hub's disk before somebody looks."""

from datetime import datetime

from doorctl.errors import Refused
from doorctl.hub.allowance import Allowance
from doorctl.hub.disk_reserve import DiskReserve

BYTES_PER_HOUR = 128 * 2**20
"""Some 250,000 records: a month without the hub comes in at once, five million records within a day."""
NEW_LOG_BYTES = 2**20
"""What a new log epoch counts for: an honest door begins one when its disk was damaged."""


class Uploads:
    """What controllers may still upload within the hour, and whether the disk has room for it."""

    def __init__(self, disk: DiskReserve, *, bytes_per_hour: int = BYTES_PER_HOUR) -> None:
        """Allow everybody the same."""
        self._disk = disk
        self._bytes = Allowance(bytes_per_hour, seconds=3600)

    def check(self, controller: str, at: datetime) -> None:
        """Refuse to store more now: ``disk-reserve``, ``too-many-records``. What is refused comes again later."""
        self._disk.check_room()
        if self._bytes.left(controller, at) <= 0:
            raise Refused("too-many-records", "more than a controller uploads within an hour; the rest comes later")

    @property
    def is_disk_short(self) -> bool:
        """Whether nothing is stored that can wait."""
        return self._disk.is_short

    def stored(self, controller: str, size: int, at: datetime, *, begins_log: bool) -> None:
        """Count a payload of so many bytes that was stored."""
        self._bytes.spend(controller, size + (NEW_LOG_BYTES if begins_log else 0), at)
