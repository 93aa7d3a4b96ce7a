"""The export benchmark: few records tell what its contract says, a million stay within its memory."""

import pytest

from benchmarks import audit_export
from benchmarks.targets import missed_exports
from tests.benchmarks.contract import cases_of

CASES = ["csv", "pack", "fast check", "full check, CPU", "full check with openings, CPU", "memory"]


def test_exports_and_checks_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    audit_export.main(["--json", "--records", "300"])

    assert list(cases_of(capsys.readouterr().out)) == CASES


@pytest.mark.long
@pytest.mark.timeout(2700)
def test_the_memory_of_a_million_records_stays_flat(capsys: pytest.CaptureFixture[str]) -> None:
    audit_export.main(["--json", "--records", "1000000"])

    cases = cases_of(capsys.readouterr().out)
    assert list(cases) == CASES
    assert missed_exports([cases["memory"]]) == []
