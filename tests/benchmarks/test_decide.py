"""The benchmark of decisions, with few credentials: it runs, and tells what its contract says."""

import pytest

from benchmarks import decide
from tests.benchmarks.contract import cases_of


def test_decisions_with_all_rules_are_told_beside_those_without(capsys: pytest.CaptureFixture[str]) -> None:
    assert decide.main(["--json", "--credentials", "1000", "--decisions", "20"]) == 0

    assert list(cases_of(capsys.readouterr().out)) == ["all rules, 1,000 credentials"]
