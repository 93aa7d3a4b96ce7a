"""How soon a door that was started has its first record on disk, and how much memory it needs at work.

``python -m benchmarks.door_start [--json] [--check] [--starts 10] [--records 1000000] [--decisions 10000]``

Started for the first time; after SIGKILL; and both of that with a long log. The floor is a Python that imports
sqlite3 and commits one row; for memory, one that imports sqlite3 and cryptography.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.command_line import a_parser, run
from benchmarks.controllers import a_controller
from benchmarks.figures import Figures, memory_figures, progress, time_figures
from benchmarks.long_log import write_records
from benchmarks.memory import bare_python_mb, door_at_work_mb
from benchmarks.start_floor import seconds_to_a_row
from benchmarks.targets import missed_starts
from doorctl.database import open_reader
from tests.door_folder import DoorFolder

LOOK_SECONDS = 0.001
WAIT_SECONDS = 120.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)
    return run(lambda folder: measure(folder, options), options, missed=missed_starts)


def measure(folder: Path, options: argparse.Namespace) -> Iterator[Figures]:
    """Measure starts, then memory."""
    floor = folder / "floor.db"
    first = (a_controller(folder / f"first-{number}", doors=1, unlock_seconds=1) for number in range(options.starts))
    yield _figures("first start", lambda: _start(next(first)), options.starts, floor)
    short = a_controller(folder / "short", doors=1, unlock_seconds=1)
    _start(short)
    yield _figures("start after SIGKILL", lambda: _start(short), options.starts, floor)
    long = a_controller(folder / "long", doors=1, unlock_seconds=1)
    write_records(long, options.records)
    note = f"{options.records:,} records in the log"
    yield _figures(f"start, {note}", lambda: _start(long, stop=DoorFolder.stop), options.starts, floor)
    yield _figures(f"start after SIGKILL, {note}", lambda: _start(long), options.starts, floor)
    used = door_at_work_mb(folder / "work", decisions=options.decisions, credentials=options.credentials)
    case = f"memory after {options.decisions:,} decisions, {options.credentials:,} credentials"
    yield memory_figures(case, used, bare_python_mb())


def _figures(case: str, start: Callable[[], float], starts: int, floor: Path) -> Figures:
    values, floors = [], []
    for done in range(starts):
        progress(f"{case}: {done} of {starts}")
        values.append(start())
        floors.append(seconds_to_a_row(floor))
    return time_figures(case, values, floors)


def _start(controller: DoorFolder, *, stop: Callable[[DoorFolder], object] = DoorFolder.kill) -> float:
    """Start a door and end it when its first record is there; return the seconds to that record."""
    before = _last_record(controller)
    started_at = time.monotonic()
    controller.start()
    while _last_record(controller) == before:
        if time.monotonic() > started_at + WAIT_SECONDS:
            raise RuntimeError(f"the door writes no record: {controller.log()[-2000:]}")
        time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - started_at
    stop(controller)
    return seconds


def _last_record(controller: DoorFolder) -> int:
    """Return the number of the newest record: a reader sees it once its commit has returned from the flush."""
    try:
        connection = open_reader(controller.state / "audit.db")
        try:
            (seq,) = connection.execute("SELECT max(seq) FROM records").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:  # no file or no table yet, or the door is just opening it
        return -1
    return -1 if seq is None else int(seq)


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("door_start", __doc__)
    parser.add_argument("--starts", type=int, default=10, help="how many starts per case")
    parser.add_argument("--records", type=int, default=1_000_000, help="the length of the long log")
    parser.add_argument("--decisions", type=int, default=10_000, help="how many before memory is read")
    parser.add_argument("--credentials", type=int, default=2_000_000, help="how many in that door's policy")
    return parser


if __name__ == "__main__":
    sys.exit(main())
