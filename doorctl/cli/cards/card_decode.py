"""``doorctl card decode``: bit strings in, one per line; one JSON object out for each."""

import sys

import typer

from doorctl.cli.output import to_json
from doorctl.processes import DONE, REFUSED
from firmware_bridge.wiegand import decode_line

LONGEST_LINE = 4096


def decode() -> None:
    """Read bit strings from standard input, one per line, and say what each could be.

    Writes one JSON object per line: every layout of that length with its parity verdict, and the first good one
    as a card. A line that is no bit string gets an object with an error, and the exit code is then 1. It asks
    nobody: no configuration, no hub.
    """
    bad = 0
    while line := sys.stdin.buffer.readline(LONGEST_LINE):
        found = decode_line(line.decode(errors="replace").strip())
        bad += "error" in found
        sys.stdout.write(to_json(found) + "\n")
        sys.stdout.flush()  # whoever feeds line by line reads the answer before the next
    raise typer.Exit(REFUSED if bad else DONE)
