"""The process that holds every reader's line and swipes badges on request, beside the process that measures.

It reads ``<card> <path of the line>`` from standard input and answers with the time at which the bytes were written.
"""

import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from benchmarks.badge_line import BadgeLine, FloorLine, Terminal

SERVE_MILLISECONDS = 10


class BadgeSender:
    """The near end of that process."""

    def __init__(self, floor: Path, lines: Sequence[Path]) -> None:
        """Start the process and wait until its lines are there."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.badge_sender", floor, *lines],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._answer()

    def swipe(self, line: Path, card: str) -> float:
        """Have a badge swiped; return the monotonic time of its last byte."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{card} {line}\n")
        return float(self._answer())

    def __enter__(self) -> "BadgeSender":
        """Use it as long as the block runs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process by closing its input."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the badge sender has ended")
        return answer


def main(floor: str, *paths: str) -> None:
    """Serve all lines until standard input ends."""
    lines: dict[str, Terminal] = {floor: FloorLine(Path(floor)), **{path: BadgeLine(Path(path)) for path in paths}}
    poller = select.poll()
    for descriptor in (sys.stdin.fileno(), *(line.fileno() for line in lines.values())):
        poller.register(descriptor, select.POLLIN)
    _say("ready")
    while True:
        ready = {descriptor for descriptor, _ in poller.poll(SERVE_MILLISECONDS)}
        if sys.stdin.fileno() in ready:
            card, _, path = sys.stdin.readline().rstrip().partition(" ")
            if not card:
                return
            _say(repr(lines[path].present(card)))
        for line in lines.values():
            line.serve()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
