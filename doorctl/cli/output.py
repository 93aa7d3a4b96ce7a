"""What commands show: text and tables for people, one JSON object per line with ``--json``."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

_WIDE_ENOUGH = 10_000
"""The width of a table that goes to a file or a pipe: no cell is ever cut."""


@dataclass(frozen=True, slots=True)
class Output:
    """Standard output, for people or for programs."""

    as_json: bool = False

    def news(self, text: str) -> None:
        """Tell people what just happened; programs read the result."""
        if not self.as_json:
            typer.echo(printable(text))

    def result(self, found: object, text: str) -> None:
        """Show one result: an object for programs, text for people."""
        typer.echo(to_json(found) if self.as_json else printable(text))

    def table(self, rows: Sequence[Mapping[str, object]], *, empty: str) -> None:
        """Show rows of the same columns."""
        if self.as_json:
            for row in rows:
                typer.echo(to_json(row))
        elif rows:
            _print_table(rows)
        else:
            typer.echo(empty)


def printable(text: str) -> str:
    """Write what no terminal takes for a command: whatever is not printable becomes an escape, as in JSON."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def to_json(found: object) -> str:
    """Write one line of JSON, of printable characters alone."""
    return printable(msgspec.json.encode(found).decode())


def say_error(text: str) -> None:
    """Tell on standard error what went wrong and what to do next."""
    typer.echo(printable(text), err=True)


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """Show on a terminal's standard error that something takes its time."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(words):
        yield


@contextmanager
def counting(words: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a count, of a ``total`` if that is known, on a terminal's standard error; yields what adds to it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task(words, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def measuring(words: str, total_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show how many of so many bytes are done on a terminal's standard error; yields what adds to it."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task(words, total=total_bytes)
        yield lambda count: progress.advance(task, count)


def _print_table(rows: Sequence[Mapping[str, object]]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE_ENOUGH)
    table = Table(*(column.replace("_", " ") for column in rows[0]), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*("" if value is None else printable(str(value)) for value in row.values()))
    console.print(table, markup=False, highlight=False)
