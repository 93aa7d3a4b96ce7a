"""The disk of a hub, of which a test says how much is free."""

from dataclasses import dataclass

from doorctl.hub.disk_reserve import RESERVE_BYTES, DiskReserve
from tests.hub.builders import ASite

LARGE = 100 * RESERVE_BYTES


@dataclass
class ADisk:
    """A disk of which so much is free."""

    free: int = LARGE
    total: int = LARGE

    def look(self) -> "ADisk":
        return self


def a_disk_of(site: ASite) -> ADisk:
    """Give a site's hub a disk that is empty yet, and start it again."""
    disk = ADisk()
    site.disk = DiskReserve(disk.look)
    site.restart()
    return disk
