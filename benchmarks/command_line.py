"""The command line that all benchmarks share: its options, and how a run tells what it measured."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figures, progress, tell
from benchmarks.targets import exit_code


def a_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Begin a parser of ``python -m benchmarks.NAME`` with what every benchmark can be told."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description)
    parser.add_argument("--json", action="store_true", help="one JSON object per case")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    return parser


def numbers(text: str) -> list[int]:
    """Read numbers that are parted by commas; return them in their order."""
    return sorted(int(number) for number in text.split(","))


def run(
    measure: Callable[[Path], Iterator[Figures]],
    options: argparse.Namespace,
    *,
    missed: Callable[[Sequence[Figures]], Sequence[str]],
    disk: Path | None = None,
) -> int:
    """Measure in a folder of its own and tell; return the exit code.

    ``missed`` names the missed targets; ``disk`` is where the folder is made, if not where the system wants it.
    """
    with TemporaryDirectory(prefix="doorctl-benchmark-", dir=disk) as folder:
        told = tell(measure(Path(folder)), as_json=options.json)
    progress("")
    return exit_code(missed(told), check=options.check)
