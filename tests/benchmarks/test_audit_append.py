"""The append benchmark, with hardly any swipes: it runs, tells what its contract says, and names what is too slow."""

import pytest

from benchmarks import audit_append
from benchmarks.figures import time_figures
from benchmarks.targets import missed_appends
from tests.benchmarks.contract import cases_of

SWIPES = "a record, 64 swipes a second"


def test_records_are_measured_beside_plain_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_append.main(["--json", "--swipes", "40", "--flush-ms", "4"]) == 0

    cases = cases_of(capsys.readouterr().out)
    assert list(cases) == [SWIPES, "CPU time of a record, 1 a commit", "CPU time of a record, 8 a commit"]
    swipes = cases[SWIPES]
    assert min(swipes["value_ms"], swipes["floor_ms"]) >= swipes["flush_ms"] == 4
    assert swipes["max_ms"] >= swipes["p99_ms"]
    assert swipes["samples"] == 40


@pytest.mark.parametrize(
    ("p99", "slowest", "missed"),
    [(50, 120, []), (51, 120, ["p99 at most 2.5 flushes"]), (50, 121, ["max at most 6 flushes"])],
)
def test_a_record_that_takes_too_long_is_named(p99: int, slowest: int, missed: list[str]) -> None:
    figures = time_figures(SWIPES, [p99 / 1000], [0.02], max_ms=slowest, flush_ms=20.0)

    assert missed_appends([figures]) == [f"{SWIPES}: {each}" for each in missed]


@pytest.mark.parametrize(("batch", "most_us"), [(1, 150), (8, 40)])
def test_a_record_that_costs_too_much_is_named(batch: int, most_us: int) -> None:
    case = f"CPU time of a record, {batch} a commit"
    cases = [time_figures(case, [us / 1e6], [1e-5]) for us in (most_us, most_us + 1)]

    assert missed_appends(cases) == [f"{case}: at most {most_us} µs"]
