"""The start benchmark, once each on a tiny log: it runs, and tells what its contract says."""

import pytest

from benchmarks import door_start
from tests.benchmarks.contract import cases_of

TINY = ("--starts", "1", "--records", "100", "--decisions", "20", "--credentials", "20")


def test_starts_and_memory_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert door_start.main(["--json", *TINY]) == 0

    assert list(cases_of(capsys.readouterr().out)) == [
        "first start",
        "start after SIGKILL",
        "start, 100 records in the log",
        "start after SIGKILL, 100 records in the log",
        "memory after 20 decisions, 20 credentials",
    ]
