"""The console script: a process starts from the small table, every other command from ``doorctl.cli``."""

import gc
import importlib
import sys
from collections.abc import Sequence

from doorctl.processes import is_process, run_process
from doorctl.uncollected import uncollected

_COMMANDS = "doorctl.cli.app"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if is_process(given):
        return run_process(given[0], given[1:])
    if _COMMANDS not in sys.modules:
        _load_commands()
    return int(importlib.import_module(_COMMANDS).main(given))


def _load_commands() -> None:
    """Load what all commands share."""
    with uncollected():
        importlib.import_module(_COMMANDS)
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
