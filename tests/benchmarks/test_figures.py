"""Medians, percentiles and tables of the benchmarks."""

import io
import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figures import memory_figures, percentile, time_figures


def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed() -> None:
    values = [float(number) for number in range(200, 0, -1)]

    assert [percentile(values, percent) for percent in (50, 99, 100)] == [100.0, 198.0, 200.0]
    assert percentile([7.0], 99) == 7.0


def test_figures_compare_medians_in_milliseconds() -> None:
    assert time_figures("some", [0.006, 0.0065, 0.009], [0.005, 0.005, 0.008], flush_ms=5.0) == {
        "case": "some",
        "value_ms": 6.5,
        "p99_ms": 9.0,
        "floor_ms": 5.0,
        "floor_p99_ms": 8.0,
        "ratio": 1.3,
        "difference_ms": 1.5,
        "samples": 3,
        "flush_ms": 5.0,
    }


def test_every_key_is_documented() -> None:
    keys = {*time_figures("some", [1.0], [1.0], flush_ms=5.0), *memory_figures("some", 2.0, 1.0)}
    documented = (Path(__file__).resolve().parents[2] / "docs/performance.md").read_text()

    assert {key for key in keys if f"`{key}`" not in documented} == set()


def test_a_report_is_a_table_of_times_and_sizes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [time_figures("a swipe", [0.0065], [0.005]), memory_figures("memory", 38.0, 19.0)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(json.dumps(case) for case in cases)))

    assert report.main() == 0

    assert capsys.readouterr().out.splitlines()[2:] == [
        "| a swipe | 6.50 ms | 6.50 ms | 5.00 ms | 5.00 ms | 1.30 | 1.50 ms |",
        "| memory | 38.0 MB |  | 19.0 MB |  | 2.00 |  |",
    ]
