"""The memory of a door process stays as it is, without a search for cycles, over 100,000 swipes."""

import re
from pathlib import Path

import pytest

from benchmarks.badge_line import BadgeLine
from benchmarks.controllers import MOST_DOORS, a_controller, door_names, line_paths
from benchmarks.many_credentials import write_many_credentials
from benchmarks.memory import swipe_everywhere
from tests.keeper_bell import KeeperBell

CREDENTIALS = 1000
WARM_UP_SWIPES, SWIPES, EVERY = 20_000, 100_000, 10_000
MOST_GROWTH_KIB = 400
"""Five bytes a swipe."""


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_hundred_thousand_swipes_take_no_more_memory_than_the_first(tmp_path: Path) -> None:
    controller = a_controller(tmp_path, doors=MOST_DOORS, unlock_seconds=5)
    write_many_credentials(controller, CREDENTIALS, door_names(MOST_DOORS))
    lines = [BadgeLine(path) for path in line_paths(controller, MOST_DOORS)]
    bell = KeeperBell(controller.run_dir)
    process = controller.start()
    sizes: dict[int, int] = {}

    def watch(granted: int) -> None:
        if granted // EVERY not in sizes:
            sizes[granted // EVERY] = own_kib(process.pid)

    try:
        bell.make_clock_trusted()
        swipe_everywhere(lines, decisions=SWIPES, credentials=CREDENTIALS, watch=watch)
    finally:
        bell.close()
        controller.stop()

    assert sizes[SWIPES // EVERY] - sizes[WARM_UP_SWIPES // EVERY] <= MOST_GROWTH_KIB, sizes
    assert "event=cycles_found" not in controller.log()


def own_kib(pid: int) -> int:
    """Return how much memory a process has now that no file stands behind."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])
