"""Attacks on the watch, which judges what controllers write and calls somebody."""

from tests.mutations.attack import Attack

WATCH_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "watch-stalled-by-times",
        "tests/hub/test_watch.py::test_a_time_that_no_clock_has_is_not_believed",
        "doorctl/hub/seen_records.py",
        "        at=at if is_believed else now,\n",
        "        at=at,\n",
    ),
)
