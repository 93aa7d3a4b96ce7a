"""From an admin's revoke to its acknowledgement by every controller, and the least that any program could do.

``python -m benchmarks.revoke [--json] [--check] [--cases 1,100] [--revokes 200] [--flush-ms 5]``
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.command_line import a_parser, numbers, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.flush import pinned_flush
from benchmarks.revoke_floor import Least, RevokeFloor
from benchmarks.revoke_site import CrowdedSite, WholeSite
from benchmarks.targets import missed_revokes

WARM_UP = 5
THINK_SECONDS = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)

    def cases(folder: Path) -> Iterator[Figures]:
        return measure(folder, options.cases, revokes=options.revokes, flush_ms=options.flush_ms)

    return run(cases, options, missed=missed_revokes)


def measure(folder: Path, cases: Sequence[int], *, revokes: int, flush_ms: float) -> Iterator[Figures]:
    """Measure each number of controllers beside its floor, in turn."""
    environment = pinned_flush(flush_ms, folder)
    for controllers in cases:
        count = max(3, revokes // (1 if controllers == 1 else 2))
        site = WholeSite(environment) if controllers == 1 else CrowdedSite(environment, controllers)
        with site:
            site.set_up()
            with RevokeFloor(folder / f"floor-{controllers}", site.broker, controllers, environment) as floor:
                values, floors = _in_turn(site, floor, count)
        yield _figures(controllers, values, floors, flush_ms=flush_ms)


def _in_turn(site: WholeSite, floor: RevokeFloor, count: int) -> tuple[list[float], list[Least]]:
    values, floors = [], []
    for done in range(-WARM_UP, count):
        progress(f"{max(done, 0)} of {count} revokes")
        value = site.revoke()
        time.sleep(random.uniform(0, THINK_SECONDS))
        least = floor.revoke()
        time.sleep(random.uniform(0, THINK_SECONDS))
        if done >= 0:
            values.append(value)
            floors.append(least)
    return values, floors


def _figures(controllers: int, values: list[float], floors: list[Least], *, flush_ms: float) -> Figures:
    """With many controllers both sides end when the hub has verified all acknowledgements."""
    signed, heard = [each.signed for each in floors], [each.heard for each in floors]
    ends = signed if controllers == 1 else heard
    signed_ms = round(statistics.median(signed) * 1000, 3)
    return time_figures(_name(controllers), values, ends, flush_ms=flush_ms, floor_signed_ms=signed_ms)


def _name(controllers: int) -> str:
    return "1 controller" if controllers == 1 else f"{controllers} controllers"


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("revoke", __doc__)
    parser.add_argument("--cases", type=numbers, default="1,100", help="how many controllers")
    parser.add_argument("--revokes", type=int, default=200, help="with one controller; half as many with more")
    parser.add_argument("--flush-ms", type=float, default=5.0, help="what a flush is pinned to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
