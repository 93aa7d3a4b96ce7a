"""How long a swipe's record takes until it is durable when 64 come a second, and how much CPU a record costs.

``python -m benchmarks.audit_append [--json] [--check] [--swipes 2000] [--flush-ms 20]``

The log is written by the door's own writer, its page copies and its anchor included. docs/performance.md tells what
is measured and what is left out.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.command_line import a_parser, run
from benchmarks.far_end import FarEnd
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.flush import pinned_flush
from benchmarks.targets import missed_appends

BATCHES = (1, 8)
_MS = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)

    def cases(folder: Path) -> Iterator[Figures]:
        yield _swipes(folder, swipes=options.swipes, flush_ms=options.flush_ms)
        for batch in BATCHES:
            yield _cpu(folder, batch, records=options.swipes)

    return run(cases, options, missed=missed_appends)


def _swipes(folder: Path, *, swipes: int, flush_ms: float) -> Figures:
    """Let swipes come to a log and to a plain table at the same times, each in a process of its own."""
    progress(f"{swipes} swipes")
    environment = pinned_flush(flush_ms, folder)
    with (
        FarEnd("audit_appender", "swipes", folder / "swipes", swipes, environment=environment) as log,
        FarEnd("audit_appender", "plain", folder / "plain", swipes, environment=environment) as floor,
    ):
        values, floors = json.loads(log.hear()), json.loads(floor.hear())
    slowest = round(max(values) * _MS, 3)
    return time_figures("a record, 64 swipes a second", values, floors, max_ms=slowest, flush_ms=flush_ms)


def _cpu(folder: Path, batch: int, *, records: int) -> Figures:
    """Compare the CPU time of a record, many times, with that of a row in a plain table in the same batches."""
    progress(f"CPU time in batches of {batch}")
    with FarEnd(
        "audit_appender", "cpu", folder / f"cpu-{batch}", records, batch, environment=pinned_flush(0, folder)
    ) as end:
        values, floors = json.loads(end.hear())
    return time_figures(f"CPU time of a record, {batch} a commit", values, floors)


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("audit_append", __doc__)
    parser.add_argument("--swipes", type=int, default=2000, help="how many swipes, and records for the CPU time")
    parser.add_argument("--flush-ms", type=float, default=20.0, help="what a flush is pinned to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
