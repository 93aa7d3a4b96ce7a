"""The revoke benchmark, with hardly any revokes: it runs, and tells what its contract says."""

import pytest

from benchmarks import revoke
from tests.benchmarks.contract import cases_of


def test_a_whole_controller_and_several_in_few_processes_are_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert revoke.main(["--json", "--cases", "1,3", "--revokes", "3", "--flush-ms", "4"]) == 0

    cases = cases_of(capsys.readouterr().out)
    assert list(cases) == ["1 controller", "3 controllers"]
    for case in cases.values():
        assert min(case["value_ms"], case["floor_ms"]) >= 2 * case["flush_ms"] == 8
        assert case["samples"] == 3
