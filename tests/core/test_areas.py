"""When all who are inside are forgotten, by the clock on the wall."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.areas import last_reset

PARIS, APIA = ZoneInfo("Europe/Paris"), ZoneInfo("Pacific/Apia")
FOUR = 4 * 60


@pytest.mark.parametrize(
    ("minute", "at", "timezone", "reset"),
    [
        (FOUR, datetime(2026, 6, 3, 12, tzinfo=UTC), PARIS, datetime(2026, 6, 3, 2, tzinfo=UTC)),
        (FOUR, datetime(2026, 6, 3, 2, tzinfo=UTC), PARIS, datetime(2026, 6, 3, 2, tzinfo=UTC)),
        (FOUR, datetime(2026, 6, 3, 1, 59, tzinfo=UTC), PARIS, datetime(2026, 6, 2, 2, tzinfo=UTC)),
        (0, datetime(2026, 12, 31, 23, 30, tzinfo=UTC), PARIS, datetime(2026, 12, 31, 23, tzinfo=UTC)),
        (23 * 60, datetime(2011, 12, 30, 10, 30, tzinfo=UTC), APIA, datetime(2011, 12, 30, 9, tzinfo=UTC)),
    ],
    ids=["today", "just-now", "yesterday", "new-year", "after-a-day-that-never-was"],
)
def test_the_last_reset_is_when_the_wall_showed_that_minute_last(
    minute: int, at: datetime, timezone: ZoneInfo, reset: datetime
) -> None:
    assert last_reset(minute, at, timezone) == reset
