"""What is told of refusals: few lines of a flood, and the first of every source."""

import pytest

from doorctl.errors import Refused
from doorctl.tally import Tally


def test_a_flood_is_told_in_a_few_lines_and_hides_no_other_source(capfd: pytest.CaptureFixture[str]) -> None:
    tally = Tally()

    for _ in range(1000):
        tally.add(Refused("not-a-note"), source="delta")
    tally.add(Refused("not-a-note"), source="trust")

    lines = capfd.readouterr().err.splitlines()
    assert (len(lines), tally) == (11, {"not-a-note": 1001})
    assert lines[-1] == "<4>event=refused reason=not-a-note source=trust count=1"


@pytest.mark.parametrize("word", ["trust-fork", "root-fork", "version-jump"])
def test_what_no_network_makes_by_accident_is_an_alarm(capfd: pytest.CaptureFixture[str], word: str) -> None:
    Tally().add(Refused(word), source="trust")

    assert capfd.readouterr().err == f"<2>event=refused reason={word} source=trust count=1\n"
