"""The process that holds every reader's line and swipes badges on request, beside the process that measures.

It reads ``<card> <path of the line>`` from standard input and answers with the time at which the bytes were written.
"""

import select
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.badge_line import BadgeLine, FloorLine, Terminal
from benchmarks.far_end import FarEnd, say

SERVE_MILLISECONDS = 10


class BadgeSender(FarEnd):
    """The near end of that process."""

    def __init__(self, floor: Path, lines: Sequence[Path]) -> None:
        """Start the process and wait until its lines are there."""
        super().__init__("badge_sender", floor, *lines)
        self.hear()

    def swipe(self, line: Path, card: str) -> float:
        """Have a badge swiped; return the monotonic time of its last byte."""
        self.tell(f"{card} {line}")
        return float(self.hear())


def main(floor: str, *paths: str) -> None:
    """Serve all lines until standard input ends."""
    lines: dict[str, Terminal] = {floor: FloorLine(Path(floor)), **{path: BadgeLine(Path(path)) for path in paths}}
    poller = select.poll()
    for descriptor in (sys.stdin.fileno(), *(line.fileno() for line in lines.values())):
        poller.register(descriptor, select.POLLIN)
    say("ready")
    while True:
        ready = {descriptor for descriptor, _ in poller.poll(SERVE_MILLISECONDS)}
        if sys.stdin.fileno() in ready:
            card, _, path = sys.stdin.readline().rstrip().partition(" ")
            if not card:
                return
            say(repr(lines[path].present(card)))
        for line in lines.values():
            line.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
