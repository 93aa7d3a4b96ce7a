"""The console script: a process starts from the small table, every other command from ``doorctl.cli``."""

import importlib
import sys
from collections.abc import Sequence

from doorctl.processes import is_process, run_process


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if is_process(given):
        return run_process(given[0], given[1:])
    return int(importlib.import_module("doorctl.cli.app").main(given))


if __name__ == "__main__":
    sys.exit(main())
