"""The question that a command asks before it goes on."""

import sys

import typer

from doorctl.cli.output import printable


def agreed(question: str) -> bool:
    """Ask on standard error; ``y`` or ``yes`` on standard input agrees, anything else or its end does not.

    typer's own question writes a space on standard output, where programs read JSON.
    """
    typer.echo(f"{printable(question)} [y/N]: ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
