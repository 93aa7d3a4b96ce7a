"""The swipe benchmark, with hardly any swipes: it runs, and tells what its contract says."""

import pytest

from benchmarks import swipe
from tests.benchmarks.contract import cases_of


def test_each_number_of_credentials_is_a_case_pinned_not_pinned_and_cold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert swipe.main(["--json", "--cases", "20", "--swipes", "3", "--flush-ms", "4"]) == 0

    cases = cases_of(capsys.readouterr().out)
    assert list(cases) == ["20 credentials", "20 credentials, the disk's own flush", "20 credentials, cold cache"]
    assert [case["flush_ms"] for case in cases.values()] == [4.0, None, 4.0]
    warm = cases["20 credentials"]
    assert min(warm["value_ms"], warm["floor_ms"]) >= 4
    assert warm["samples"] == 3
