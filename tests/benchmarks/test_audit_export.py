"""The export benchmark: few records tell what its contract says, a million meet its targets."""

import pytest

from benchmarks import audit_export
from tests.benchmarks.contract import cases_of

CASES = ["csv", "pack", "fast check", "full check, CPU", "memory"]


def test_exports_and_checks_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    audit_export.main(["--json", "--records", "300"])

    assert list(cases_of(capsys.readouterr().out)) == CASES


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_million_records_meet_the_targets(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_export.main(["--json", "--check", "--records", "1000000"]) == 0

    assert list(cases_of(capsys.readouterr().out)) == CASES
