"""Figures beside their targets: what misses one is named, and fails where that is asked."""

import pytest

from benchmarks.figures import memory_figures, time_figures
from benchmarks.targets import (
    exit_code,
    missed_exports,
    missed_loaded,
    missed_plans,
    missed_snapshots,
    missed_starts,
    missed_swipes,
)

MS = 0.001


def test_figures_within_their_targets_miss_none() -> None:
    swipes = [
        time_figures("1,000 credentials", [6 * MS], [5 * MS]),
        time_figures("9 credentials", [6.2 * MS], [5 * MS]),
    ]
    starts = [time_figures("first start", [0.9], [0.1]), memory_figures("memory", 40.0, 20.0)]

    assert missed_swipes(swipes) + missed_starts(starts) == []


@pytest.mark.parametrize(
    ("case", "value", "p99", "miss"),
    [
        ("9 credentials", 6.6, 7.0, "9 credentials: at most 1.3 times the floor"),
        ("9 credentials", 6.0, 10.1, "9 credentials: p99 at most the floor's + 5 ms"),
        ("9 credentials, the disk's own flush", 6.6, 7.0, "9 credentials, the disk's own flush: at most 1.5 ms over"),
    ],
)
def test_a_swipe_that_takes_too_long_is_named(case: str, value: float, p99: float, miss: str) -> None:
    figures = time_figures(case, [value * MS] * 3 + [p99 * MS], [5 * MS])

    assert [it[: len(miss)] for it in missed_swipes([figures])] == [miss]


def test_many_credentials_that_cost_too_much_are_named() -> None:
    few, many = (time_figures("9 credentials", [value * MS], [5 * MS]) for value in (6.0, 6.4))

    assert missed_swipes([few, many]) == ["the most credentials: at most 0.3 ms more than the fewest"]


def test_swipes_that_busy_loops_hold_up_are_named() -> None:
    held_up, well = (time_figures(f"beside {p99} loops", [p99 * MS], [5 * MS]) for p99 in (15.1, 15.0))

    assert missed_loaded([held_up, well]) == ["beside 15.1 loops: p99 at most 3 times that without them"]


def test_a_slow_start_and_too_much_memory_are_named() -> None:
    cases = [time_figures("first start", [1.1], [0.1]), memory_figures("memory", 40.1, 20.0)]

    assert missed_starts(cases) == ["first start: at most 1 s", "memory: at most 40 MB"]


def test_a_snapshot_that_costs_too_much_or_holds_swipes_up_is_named() -> None:
    cases = [
        time_figures("CPU time of a snapshot, 9 credentials", [2.1], [1.0]),
        time_figures("CPU time of a snapshot, 8 credentials", [2.0], [1.0]),
        time_figures("swipes during a snapshot, 9 credentials", [6 * MS, 19 * MS], [6 * MS]),
        time_figures("swipes during a snapshot, 8 credentials", [6 * MS, 18 * MS], [6 * MS]),
    ]

    assert missed_snapshots(cases) == [
        "CPU time of a snapshot, 9 credentials: at most twice the plain insert",
        "swipes during a snapshot, 9 credentials: p99 at most 3 floors",
    ]


def test_a_plan_that_takes_too_long_is_named() -> None:
    cases = [time_figures("read 9 people", [1.9], [0.1]), time_figures("compare 9 people", [2.0], [0.1])]

    assert missed_plans(cases) == ["compare 9 people: under 2 s, which the whole command may take"]


def test_an_export_that_is_slower_than_plain_sqlite_or_takes_much_memory_is_named() -> None:
    cases = [
        time_figures("csv", [1.3], [1.0]),
        time_figures("pack", [20.1], [1.0], records=1_000_000),
        time_figures("full check, CPU", [2.6], [1.0], us=2.6),
        memory_figures("memory", 200.1, 20.0),
    ]

    assert missed_exports(cases) == [
        "csv: at most 1.2 times sqlite3 -csv",
        "pack: at most 20 µs a record",
        "full check, CPU: at most 2.5 µs a record",
        "memory: at most 200 MB",
    ]


def test_a_miss_fails_only_where_that_is_asked() -> None:
    assert [exit_code(["a"], check=check) for check in (False, True)] == [0, 1]
    assert exit_code([], check=True) == 0
