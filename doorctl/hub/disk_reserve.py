"""The room on the hub's disk that is kept for taking rights away: nothing else may use it up.

1. Below the reserve nothing is stored that can wait or need not be: uploaded records, snapshots, refused commands.
2. Below half of it nothing is added any more; what takes away, and what is asked, goes on to the last page.
"""

from collections.abc import Callable
from typing import Protocol

from doorctl.errors import Refused

RESERVE_BYTES = 256 * 2**20
"""Some ten thousand suspensions, with all that is written for each."""
LARGEST_SHARE = 10
"""Of a small disk the reserve is a tenth."""


class Usage(Protocol):
    """What there is on a disk, and what is free, in bytes; as ``shutil.disk_usage`` tells it."""

    @property
    def total(self) -> int:
        """All of it."""

    @property
    def free(self) -> int:
        """What we may still use."""


class DiskReserve:
    """Tells what may still be stored; it looks each time, for that costs a microsecond."""

    def __init__(self, look: Callable[[], Usage] | None = None) -> None:
        """Look at a disk so; without one there is room for everything."""
        self._look = look

    @property
    def is_short(self) -> bool:
        """Whether nothing is stored that can wait."""
        return self._lacks(share=1)

    def check_room(self) -> None:
        """Refuse to store what can wait: ``disk-reserve``."""
        if self.is_short:
            raise Refused("disk-reserve", "the hub's disk is nearly full")

    def additions_barred(self) -> Refused | None:
        """Tell why nothing may be added now, if so."""
        if not self._lacks(share=0.5):
            return None
        return Refused("disk-reserve", "the hub's disk is nearly full: only what takes rights away is carried out")

    def has_room_for(self, size: int) -> bool:
        """Tell whether so many bytes fit for a while, be it into the reserve."""
        usage = self._usage()
        return usage is None or usage.free >= size

    def _lacks(self, *, share: float) -> bool:
        usage = self._usage()
        return usage is not None and usage.free < min(RESERVE_BYTES, usage.total // LARGEST_SHARE) * share

    def _usage(self) -> Usage | None:
        try:
            return None if self._look is None else self._look()
        except OSError:  # a disk that does not even tell refuses by itself
            return None
