"""No search for cycles runs in a turn of the loop: the real process, with Python telling of each search."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.door.garbage import MOST_NEW_THINGS, put_search_off, search_if_many
from tests.door_rig import ADA, FLOOR, DoorRig

SWIPES = 40
TELLS_OF_EACH = "import gc\ngc.set_debug(gc.DEBUG_STATS)\n"
SEARCH = "gc: collecting generation"


@pytest.fixture
def searching() -> Iterator[None]:
    """Python searches as usual again afterwards."""
    yield
    gc.unfreeze()
    gc.enable()


def test_no_search_for_cycles_runs_once_the_loop_turns(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(TELLS_OF_EACH)
    rig = DoorRig(tmp_path, unlock_seconds=0.02)
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    try:
        rig.start_online(environment={"PYTHONPATH": str(tmp_path)})
        before = rig.log().count(SEARCH)
        for number in range(SWIPES):
            rig.swipe("front", ADA)
            rig.wait_for_decisions(number + 1)

        assert before > 0, "the process does not tell of its searches"
        assert rig.log().count(SEARCH) == before
        assert rig.stop() == 0
    finally:
        rig.close()


def cycles(many: int) -> None:
    """Leave cycles behind, which no reference count frees."""
    for _ in range(many):
        one: list[object] = []
        one.append(one)


@pytest.mark.usefixtures("searching")
def test_many_cycles_are_found_all_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    put_search_off()
    cycles(MOST_NEW_THINGS // 2)
    search_if_many()
    assert capfd.readouterr().err == ""

    cycles(MOST_NEW_THINGS // 2)
    search_if_many()
    search_if_many()

    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("<4>event=cycles_found many=")
    assert int(line.partition("many=")[2].split()[0]) >= MOST_NEW_THINGS


@pytest.mark.usefixtures("searching")
def test_a_search_that_finds_no_cycles_is_not_told(capfd: pytest.CaptureFixture[str]) -> None:
    put_search_off()
    kept: list[list[int]] = [[] for _ in range(MOST_NEW_THINGS)]
    search_if_many()

    assert (gc.get_count()[0] < len(kept), capfd.readouterr().err) == (True, "")
