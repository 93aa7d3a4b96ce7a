"""What a snapshot costs: the keeper's CPU time, and how long swipes take while it is written to a slow card.

``python -m benchmarks.snapshot [--json] [--check] [--credentials 2000000] [--flush-ms 5]``

At a real door with few credentials badges are swiped while a keeper fills a policy with many beside it.
docs/performance.md tells what is measured and what is left out.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.badge_sender import BadgeSender
from benchmarks.chunk_file import write_chunk_file
from benchmarks.command_line import a_parser, run
from benchmarks.controllers import a_controller, door_names
from benchmarks.far_end import FarEnd
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.many_credentials import card, write_many_credentials
from benchmarks.measured_door import DOORS, MeasuredDoor
from benchmarks.slow_card import slow_card
from benchmarks.swipe_floor import SwipeFloor
from benchmarks.targets import missed_snapshots
from doorctl.database import open_reader

FEW = 1000
WARM_UP_SWIPES = 6
QUIET_SECONDS = 0.05
"""The door's own records of a swipe are written after it, on the same card."""
THINK_SECONDS = 0.05
NEXT_REVISION = 2


@dataclass(frozen=True, slots=True)
class Swipes:
    """Seconds of swipes at the door while the snapshot was written; at a door and at the floor on quiet cards."""

    values: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)

    def cases(folder: Path) -> Iterator[Figures]:
        return measure(folder, options.credentials, flush_ms=options.flush_ms)

    return run(cases, options, missed=missed_snapshots)


def measure(folder: Path, credentials: int, *, flush_ms: float) -> Iterator[Figures]:
    """Measure the floor, the keeper alone and with swipes beside it, and the floor again after each."""
    few = min(FEW, credentials)
    door, quiet = (MeasuredDoor(folder / name, few, swipes=few) for name in ("door", "quiet"))
    file = folder / "snapshot"
    bytes_ = _write_snapshot(folder, door, file, credentials)
    floors = [_plain_insert_seconds(folder, file)]
    alone_seconds = _cpu_seconds_alone(folder, file)
    floors.append(_plain_insert_seconds(folder, file))
    swipes, cpu_seconds = _swipe_beside(folder, door, quiet, file=file, flush_ms=flush_ms)
    floors.append(_plain_insert_seconds(folder, file))
    case = f"{credentials:,} credentials"
    yield time_figures(f"CPU time of a snapshot, {case}", [alone_seconds], floors, snapshot_bytes=bytes_)
    yield time_figures(f"the same at the pace of a slow card, {case}", [cpu_seconds], floors, flush_ms=flush_ms)
    yield time_figures(f"swipes during a snapshot, {case}", swipes.values, swipes.floors, flush_ms=flush_ms)
    yield time_figures("the same swipes without a snapshot", swipes.quiet, swipes.floors, flush_ms=flush_ms)


def _write_snapshot(folder: Path, door: MeasuredDoor, file: Path, credentials: int) -> int:
    progress(f"writing a policy with {credentials:,} credentials")
    source = a_controller(folder / "source", doors=DOORS, unlock_seconds=1)
    source.card_keys = door.card_keys
    connection = open_reader(write_many_credentials(source, credentials, door_names(DOORS)))
    contents = write_chunk_file(file, connection, revision=NEXT_REVISION)
    connection.close()
    return sum(contents.lengths)


def _cpu_seconds_alone(folder: Path, file: Path) -> float:
    """Return the CPU time of a keeper that nobody is beside, on this machine's own disk."""
    progress("writing the snapshot on this disk")
    state = a_controller(folder / "alone", doors=DOORS, unlock_seconds=1).state
    with FarEnd("snapshot_keeper", state, file) as keeper:
        cpu_seconds = float(keeper.hear())
        keeper.finish()
    return cpu_seconds


def _swipe_beside(
    folder: Path, door: MeasuredDoor, quiet: MeasuredDoor, *, file: Path, flush_ms: float
) -> tuple[Swipes, float]:
    """Swipe until the keeper's new policy has taken over; return the swipes and the keeper's CPU seconds."""
    environment = slow_card(flush_ms, folder, card=folder / "card")
    with ExitStack() as stack:
        sender = stack.enter_context(BadgeSender(folder / "floor", [*door.lines, *quiet.lines]))
        for each, name in ((door, "card"), (quiet, "quiet-card")):
            stack.callback(each.stop)
            each.start(slow_card(flush_ms, folder, card=folder / name))
            for _ in range(WARM_UP_SWIPES):
                _swipe(each, sender)
        alone = slow_card(flush_ms, folder, card=folder / "card-of-the-floor")
        size = door.bytes_of_a_decision()
        floor = SwipeFloor(folder / "floor", folder / "floor.db", row_bytes=size, environment=alone)
        stack.enter_context(floor)
        keeper = stack.enter_context(FarEnd("snapshot_keeper", door.state, file, environment=environment))
        swipes = Swipes()
        while not keeper.has_news():
            swipes.values.append(_swipe(door, sender))
            swipes.quiet.append(_swipe(quiet, sender))
            swipes.floors.append(floor.swipe(sender, card(len(swipes.floors))))
            progress(f"{len(swipes.values)} swipes while the snapshot is written")
        cpu_seconds = float(keeper.hear())
        keeper.finish()
        _swipe(door, sender)
    return swipes, cpu_seconds


def _swipe(door: MeasuredDoor, sender: BadgeSender) -> float:
    seconds = door.swipe(sender)
    time.sleep(QUIET_SECONDS + random.uniform(0, THINK_SECONDS))
    return seconds


def _plain_insert_seconds(folder: Path, file: Path) -> float:
    progress("inserting the same rows")
    with FarEnd("plain_insert", folder, file) as process:
        seconds = float(process.hear())
    (folder / "plain.db").unlink()
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("snapshot", __doc__)
    parser.add_argument("--credentials", type=int, default=2_000_000, help="how many the snapshot has")
    parser.add_argument("--flush-ms", type=float, default=5.0, help="what a flush takes, besides its bytes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
