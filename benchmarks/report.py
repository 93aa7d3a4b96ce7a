"""Turns JSON lines into a table: ``python -m benchmarks.swipe --json | python -m benchmarks.report``."""

import json
import sys

from benchmarks.figures import table


def main() -> int:
    """Read JSON lines from standard input and write a Markdown table."""
    sys.stdout.write(table([json.loads(line) for line in sys.stdin if line.strip()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
