"""What every line of a benchmark's JSON must hold."""

import json
from pathlib import Path
from typing import Any

TIMES = {"case", "value_ms", "p99_ms", "floor_ms", "floor_p99_ms", "ratio"}
SIZES = {"case", "value_mb", "floor_mb", "ratio"}
DOCUMENT = (Path(__file__).resolve().parents[2] / "docs/performance.md").read_text()


def cases_of(output: str) -> dict[str, dict[str, Any]]:
    """Read a benchmark's JSON lines by their case, each with all keys of the contract, all of them documented."""
    cases = {figures["case"]: figures for figures in map(json.loads, output.splitlines())}
    for figures in cases.values():
        assert set(figures) >= TIMES or set(figures) >= SIZES
        assert [key for key in figures if f"`{key}`" not in DOCUMENT] == []
        assert all(figures[key] > 0 for key in (TIMES | SIZES) & set(figures) - {"case"})
    return cases
