"""The plan benchmark, with hardly any people: it runs, and tells what its contract says."""

import pytest

from benchmarks import plan
from tests.benchmarks.contract import cases_of


def test_reading_and_comparing_a_site_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.main(["--json", "--people", "100", "--no-hub"]) == 0

    assert list(cases_of(capsys.readouterr().out)) == ["read 100 people", "compare 100 people"]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_whole_command_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    plan.main(["--json", "--people", "100"])

    assert list(cases_of(capsys.readouterr().out))[2:] == [
        "the whole command, 100 people",
        "the same by card numbers, 100 people",
    ]
