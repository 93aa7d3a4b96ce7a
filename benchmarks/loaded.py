"""What becomes of a swipe when other programs keep every core busy: the door scheduled as its unit says.

``python -m benchmarks.loaded [--json] [--check] [--swipes 400] [--flush-ms 5] [--credentials 1000]``

One door process; swipe after swipe, by turns with two busy loops beside it and without. It takes the right to
real-time scheduling; docs/performance.md tells what is measured and what is left out.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.badge_sender import BadgeSender
from benchmarks.busy_loops import BusyLoops
from benchmarks.command_line import a_parser, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.flush import pinned_flush
from benchmarks.measured_door import MeasuredDoor
from benchmarks.swipe import THINK_SECONDS, WARM_UP_SWIPES
from benchmarks.targets import exit_code, missed_loaded
from benchmarks.unit_scheduling import NotAllowed, Scheduling, scheduling_of_the_door

BUSY_LOOPS = 2
RAM_DISK = Path("/dev/shm")
"""Whoever else writes to a disk holds up writes to it as well, now and then for 50 ms, flushed or not."""
SETTLE_SECONDS = 0.01
"""So long the loops run, or stand still, before a swipe."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code. Where real time is not allowed nothing is measured."""
    options = _parser().parse_args(arguments)
    scheduling = scheduling_of_the_door()
    try:
        scheduling.try_on_myself()
    except NotAllowed as error:
        return exit_code([f"not measured: {error}"], check=options.check)

    def cases(folder: Path) -> Iterator[Figures]:
        return measure(
            folder, scheduling, swipes=options.swipes, flush_ms=options.flush_ms, credentials=options.credentials
        )

    return run(cases, options, missed=missed_loaded, disk=RAM_DISK if RAM_DISK.is_dir() else None)


def measure(
    folder: Path, scheduling: Scheduling, *, swipes: int, flush_ms: float, credentials: int
) -> Iterator[Figures]:
    """Measure swipes at one door, by turns beside busy loops and without."""
    door = MeasuredDoor(folder / "door", credentials, swipes=2 * swipes + WARM_UP_SWIPES)
    quiet_seconds = 0.005 + 2 * flush_ms / 1000
    with ExitStack() as stack:
        sender = stack.enter_context(BadgeSender(folder / "floor", door.lines))
        stack.callback(door.stop)
        pid = door.start(pinned_flush(flush_ms, folder))
        loops = stack.enter_context(BusyLoops(BUSY_LOOPS))
        for each in (pid, sender.pid):
            scheduling.apply_to(each)
        for _ in range(WARM_UP_SWIPES):
            door.swipe(sender)
        times: dict[bool, list[float]] = {True: [], False: []}
        for done in range(swipes):
            progress(f"{done} of {swipes} swipes")
            for is_loaded in random.sample([True, False], 2):
                (loops.run if is_loaded else loops.rest)()
                time.sleep(SETTLE_SECONDS + random.uniform(0, THINK_SECONDS))
                times[is_loaded].append(door.swipe(sender))
                loops.rest()
                time.sleep(quiet_seconds)
    yield time_figures(f"a swipe beside {BUSY_LOOPS} busy loops", times[True], times[False], flush_ms=flush_ms)


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("loaded", __doc__)
    parser.add_argument("--swipes", type=int, default=400, help="how many of each")
    parser.add_argument("--flush-ms", type=float, default=5.0, help="what a flush is pinned to")
    parser.add_argument("--credentials", type=int, default=1000, help="how many the policy has")
    return parser


if __name__ == "__main__":
    sys.exit(main())
