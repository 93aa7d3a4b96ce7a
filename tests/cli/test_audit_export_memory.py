"""Parquet and workbooks of many records stay flat in memory: rows that are written are not kept."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.exported_site import EXPORT, an_exported_site

FEW, MANY = 20_000, 80_000
"""More than a row group of Parquet, and four times as many."""
SHORTER = "f" * 32
MOST_MB = 32
"""What MANY may take beyond FEW, mostly caches of pyarrow: rows that are kept take more than 100 MB."""
_SHORTER = """
INSERT INTO exports (id, at, admin, form, with_names, last_record)
SELECT ?, at, admin, form, with_names, ? FROM exports WHERE id = ?
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's database with two exports that were begun: of few records, and of many."""
    with closing(an_exported_site(tmp_path_factory.mktemp("many"), MANY)) as site:
        site.connection.execute(_SHORTER, (SHORTER, FEW, EXPORT))
        return site.path


def peak_mb(form: str, database: Path, export: str, out: Path) -> float:
    """Export in a process of its own; return the most memory that it had (VmHWM)."""
    command = [sys.executable, "-m", "benchmarks.exporter", form, str(database), export, str(out)]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert told["records"] == pytest.approx({SHORTER: FEW, EXPORT: MANY}[export], rel=0.01)
    return float(told["peak_mb"])


@pytest.mark.long
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_four_times_as_many_records_take_no_more_memory(database: Path, tmp_path: Path, form: str) -> None:
    few, many = (peak_mb(form, database, export, tmp_path / "all") for export in (SHORTER, EXPORT))

    assert many - few < MOST_MB
