"""What a benchmark tells: medians and 99th percentiles of a thing and of its floor, as JSON or as a table."""

import json
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]
"""One case, with the keys of the benchmark contract: ``case``, ``value_ms``, …, ``ratio``; or with ``value_mb``."""

_COLUMNS = ("value", "p99", "floor", "floor_p99")


def time_figures(case: str, values: Sequence[float], floors: Sequence[float], **more: object) -> Figures:
    """Return the figures of durations in seconds."""
    value, floor = statistics.median(values), statistics.median(floors)
    return {
        "case": case,
        "value_ms": _milliseconds(value),
        "p99_ms": _milliseconds(percentile(values, 99)),
        "floor_ms": _milliseconds(floor),
        "floor_p99_ms": _milliseconds(percentile(floors, 99)),
        "ratio": round(value / floor, 3),
        "difference_ms": _milliseconds(value - floor),
        "samples": len(values),
        **more,
    }


def memory_figures(case: str, value_mb: float, floor_mb: float, **more: object) -> Figures:
    """Return the figures of two sizes in MB."""
    return {
        "case": case,
        "value_mb": round(value_mb, 1),
        "floor_mb": round(floor_mb, 1),
        "ratio": round(value_mb / floor_mb, 3),
        **more,
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def tell(cases: Iterable[Figures], *, as_json: bool) -> list[Figures]:
    """Write cases to standard output, an object per line as each is done or one table at the end; return them."""
    told = []
    for figures in cases:
        told.append(figures)
        if as_json:
            sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    if not as_json:
        sys.stdout.write(table(told))
    return told


def table(cases: Iterable[Figures]) -> str:
    """Write cases as a Markdown table."""
    lines = ["| case | median | p99 | floor | floor p99 | ratio | difference |", "|---|---|---|---|---|---|---|"]
    for figures in cases:
        cells = [_with_unit(figures, column) for column in (*_COLUMNS, "difference")]
        cells.insert(-1, f"{figures['ratio']:.2f}")
        lines.append(f"| {figures['case']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def progress(text: str) -> None:
    """Say what is going on, where somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _with_unit(figures: Figures, name: str) -> str:
    for unit in ("ms", "mb"):
        if (value := figures.get(f"{name}_{unit}")) is not None:
            return f"{value:.2f} ms" if unit == "ms" else f"{value:.1f} MB"
    return ""


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
