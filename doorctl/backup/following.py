"""Following a hub: every minute an increment into a folder, and a new base when it is time for one."""

from datetime import datetime, timedelta
from pathlib import Path

from doorctl.backup.making import Backup, Orders, make_base, make_increment
from doorctl.backup.place import name_of
from doorctl.backup.site_copy import Advance

NEW_BASE_AFTER = timedelta(days=1)
"""A base is checked as a whole, an increment is not: so no damage goes unseen for longer."""


class Follower:
    """Backs one hub up into one folder, again and again; a new follower begins with a base."""

    def __init__(self, orders: Orders, folder: Path) -> None:
        """Name what and where; nothing is written yet."""
        self._orders = orders
        self._folder = folder
        self._base: Backup | None = None
        self._last: Backup | None = None
        self._increment_bytes = 0

    def follow(self, at: datetime, *, new_series: str, advance: Advance = lambda _bytes: None) -> Backup | None:
        """Write what is due: a base of this new id, or an increment; None when nothing has changed.

        After an error the next one takes up what this one did not write. Raises as ``make_base`` does.
        """
        if self._base is None or self._last is None or self._is_base_due(self._base, at):
            return self._begin(at, new_series, advance)
        path = self._path(self._base, self._last.manifest.number + 1)
        made = make_increment(self._orders, path, after=self._last, at=at)
        if made is not None:
            self._last = made
            self._increment_bytes += made.written.size
        return made

    def _begin(self, at: datetime, series: str, advance: Advance) -> Backup:
        path = self._folder / name_of(self._orders.hub.site, series, int(at.timestamp()), 0)
        self._base = self._last = made = make_base(self._orders, path, series=series, at=at, advance=advance)
        self._increment_bytes = 0
        return made

    def _is_base_due(self, base: Backup, at: datetime) -> bool:
        age = at.timestamp() - base.manifest.made_at
        return (
            2 * self._increment_bytes > base.written.size
            or not 0 <= age < NEW_BASE_AFTER.total_seconds()
            or not base.written.path.exists()
        )

    def _path(self, base: Backup, number: int) -> Path:
        return self._folder / name_of(base.manifest.site, base.manifest.series, base.manifest.made_at, number)
