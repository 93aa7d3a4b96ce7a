"""How long a swipe takes: from its last byte on the serial line to the strike, with the record on disk between.

``python -m benchmarks.swipe [--json] [--check] [--cases 1000,100000,2000000] [--swipes 1000] [--flush-ms 5]``

Every case is a real door process. A process of its own swipes a different known badge each time, in turn at each
case and at the floor. docs/performance.md tells what is measured and what is left out.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.badge_sender import BadgeSender
from benchmarks.command_line import a_parser, numbers, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.flush import pinned_flush
from benchmarks.many_credentials import card
from benchmarks.measured_door import MeasuredDoor
from benchmarks.swipe_floor import SwipeFloor
from benchmarks.targets import missed_swipes

WARM_UP_SWIPES = 6
THINK_SECONDS = 0.01
"""A swipe waits a random time up to this, so that it meets the door's loop in any phase."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One way to swipe: how often, with which flush (None: the disk's own), with or without a warm cache."""

    swipes: int
    flush_ms: float | None
    cold: bool = False

    @property
    def note(self) -> str:
        """Name what is not as usual."""
        return ", cold cache" * self.cold + ", the disk's own flush" * (self.flush_ms is None)

    @property
    def quiet_seconds(self) -> float:
        """How long a door needs after securing the strike, until the records of that are written."""
        return 0.005 + 2 * (self.flush_ms or 5.0) / 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)

    def cases(folder: Path) -> Iterator[Figures]:
        return measure(folder, options.cases, swipes=options.swipes, flush_ms=options.flush_ms)

    return run(cases, options, missed=missed_swipes)


def measure(folder: Path, sizes: Sequence[int], *, swipes: int, flush_ms: float) -> Iterator[Figures]:
    """Measure with the flush pinned, then with the disk's own flush, and the last size with a cold cache."""
    warm = Pass(swipes, flush_ms)
    cold = Pass(max(1, swipes // 10), flush_ms, cold=True)
    unpinned = Pass(max(1, swipes * 3 // 10), None)
    badges = sum(each.swipes + WARM_UP_SWIPES for each in (warm, cold, unpinned))
    doors = []
    for size in sizes:
        progress(f"writing a policy with {size:,} credentials")
        doors.append(MeasuredDoor(folder / str(size), size, swipes=badges))
    yield from _measure(folder, doors, warm)
    yield from _measure(folder, doors, unpinned)
    yield from _measure(folder, doors[-1:], cold)


def _measure(folder: Path, doors: Sequence[MeasuredDoor], way: Pass) -> Iterator[Figures]:
    environment = {} if way.flush_ms is None else pinned_flush(way.flush_ms, folder)
    floor_line, database = folder / "floor", folder / f"floor{way.note}.db"
    with ExitStack() as stack:
        sender = stack.enter_context(BadgeSender(floor_line, [line for door in doors for line in door.lines]))
        for door in doors:
            stack.callback(door.stop)
            door.start(environment)
            for _ in range(WARM_UP_SWIPES):
                _swipe(door, sender, way)
        row_bytes = doors[0].bytes_of_a_decision()
        floor = stack.enter_context(SwipeFloor(floor_line, database, row_bytes=row_bytes, environment=environment))
        values, floors = _swipe_in_turn(doors, floor, sender, way)
    for size, durations in values.items():
        yield time_figures(f"{size:,} credentials{way.note}", durations, floors, flush_ms=way.flush_ms)


def _swipe_in_turn(
    doors: Sequence[MeasuredDoor], floor: SwipeFloor, sender: BadgeSender, way: Pass
) -> tuple[dict[int, list[float]], list[float]]:
    """Swipe at each door and at the floor, again and again; return the seconds by credentials, and the floor's."""
    values: dict[int, list[float]] = {door.credentials: [] for door in doors}
    floors: list[float] = []
    for done in range(way.swipes):
        progress(f"{done} of {way.swipes} swipes{way.note}")
        for door in random.sample(doors, len(doors)):
            values[door.credentials].append(_swipe(door, sender, way))
        time.sleep(random.uniform(0, THINK_SECONDS))
        floors.append(floor.swipe(sender, card(done)))
    return values, floors


def _swipe(door: MeasuredDoor, sender: BadgeSender, way: Pass) -> float:
    if way.cold:
        door.forget_pages()
    seconds = door.swipe(sender)
    time.sleep(way.quiet_seconds + random.uniform(0, THINK_SECONDS))
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("swipe", __doc__)
    parser.add_argument("--cases", type=numbers, default="1000,100000,2000000", help="how many credentials")
    parser.add_argument("--swipes", type=int, default=1000, help="per case; cold 10 %%, the disk's own flush 30 %%")
    parser.add_argument("--flush-ms", type=float, default=5.0, help="what a flush is pinned to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
