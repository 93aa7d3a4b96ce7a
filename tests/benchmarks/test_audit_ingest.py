"""The ingest benchmark, with few records: it runs, tells what its contract says, and names what is too slow."""

import pytest

from benchmarks import audit_ingest
from benchmarks.figures import time_figures
from benchmarks.targets import missed_ingests
from tests.benchmarks.contract import cases_of

CASE = "CPU time of a batch taken in"


def test_batches_are_taken_in_beside_plain_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_ingest.main(["--json", "--records", "500"]) == 0

    case = cases_of(capsys.readouterr().out)[CASE]
    assert case["records_a_batch"] * case["samples"] == pytest.approx(500, abs=1)


@pytest.mark.parametrize(("value", "missed"), [(2.0, []), (2.1, [f"{CASE}: at most twice the plain rows"])])
def test_a_batch_that_costs_too_much_is_named(value: float, missed: list[str]) -> None:
    assert missed_ingests([time_figures(CASE, [value], [1.0])]) == missed
