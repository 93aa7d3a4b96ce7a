"""A report as people and programs want it: tables here, or a file of CSV or HTML."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from doorctl.cli.desk import Desk
from doorctl.cli.evidence.export import STANDARD_OUTPUT, open_aside
from doorctl.cli.output import say_error
from doorctl.cli.times import local_time
from doorctl.errors import WrongUse
from doorctl.reports.html.page import page
from doorctl.reports.tables import Bars, Cell, Grid, Report, Table

_FORMULA_STARTS = frozenset("=+-@\t\r")
_WIDEST = 100
"""What is longer is cut where tables are read, or one long cell makes each row of its table as long as itself."""
_CUT = f"Cells of more than {_WIDEST} characters end in …; --format csv, --format html and --json have them whole."


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    CSV = "csv"
    HTML = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The options that say how a report is written, and where to."""

    form: Annotated[
        ReportFormat, typer.Option("--format", help="a table here, csv, or one HTML file with all that is in it")
    ] = ReportFormat.TABLE
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="where to write csv or html (standard output without)"),
    ] = None

    def check(self, *, as_json: bool) -> None:
        """Refuse what would write nothing readable. Raises WrongUse."""
        if as_json and (self.form is not ReportFormat.TABLE or self.out is not None):
            raise WrongUse("--json writes objects to standard output: leave --format and --out out")
        if self.form is ReportFormat.TABLE and self.out is not None:
            raise WrongUse("--out takes --format csv or --format html")


def write_report(desk: Desk, report: Report, written: Written) -> None:
    """Show a report, or write it to a file that appears when it is complete. Raises ExportFailed."""
    if written.form is ReportFormat.TABLE:
        _show(desk, report)
    elif written.out is None or str(written.out) == STANDARD_OUTPUT:
        sys.stdout.flush()
        _WRITERS[written.form](sys.stdout.buffer, desk, report)
        sys.stdout.buffer.flush()
    else:
        with open_aside(written.out) as file:
            _WRITERS[written.form](file, desk, report)
        say_error(f"{report.title}: {written.out}")
    if written.form is ReportFormat.CSV:
        _tell_facts(report)


def _show(desk: Desk, report: Report) -> None:
    several = len(report.parts) > 1
    for part in report.parts:
        table = as_table(part)
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        if desk.output.as_json:
            desk.output.table([{"table": table.title, **row} for row in rows] if several else rows, empty=table.empty)
            continue
        if several:
            typer.echo(f"{table.title}\n")
        desk.output.table([{name: _cut(cell) for name, cell in row.items()} for row in rows], empty=table.empty)
        if part is not report.parts[-1]:
            typer.echo()
    if not desk.output.as_json and any(map(_is_long, _cells(report))):
        say_error(_CUT)
    _tell_facts(report)


def _cells(report: Report) -> Iterator[Cell]:
    return (cell for part in report.parts for row in as_table(part).rows for cell in row)


def _is_long(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) > _WIDEST


def _cut(cell: Cell) -> Cell:
    return f"{cell[: _WIDEST - 1]}…" if isinstance(cell, str) and _is_long(cell) else cell


def _tell_facts(report: Report) -> None:
    """Say beside rows what they rest on, and who is silent."""
    for fact in report.facts:
        say_error(fact)


def as_table(part: Table | Grid | Bars) -> Table:
    """Return a plot's numbers as rows; those that are 0 only where every label is told."""
    if isinstance(part, Bars):
        return Table(part.title, (part.label_name, "count"), part.values)
    if isinstance(part, Grid):
        rows = tuple((row, column, part.counts[row, column]) for row, column in sorted(part.counts))
        return Table(part.title, (part.row_name, part.column_name, "count"), rows)
    return part


def _write_csv(file: BinaryIO, _: Desk, report: Report) -> None:
    """Write the tables one after the other; where there are several, each row begins with its table's title."""
    tables = [as_table(part) for part in report.parts]
    text = TextIOWrapper(file, "utf-8", newline="")
    writer = csv.writer(text)
    for table in tables:
        title = [table.title] if len(tables) > 1 else []
        writer.writerow([*(["table"] if title else []), *table.columns])
        writer.writerows([*title, *map(_no_formula, row)] for row in table.rows)
    text.detach()


def html_page(desk: Desk, report: Report) -> str:
    """Write a report as one HTML file that says when, by whom and with what it was made."""
    account = desk.hub.account
    made_at = local_time(int(datetime.now(UTC).timestamp()), desk.timezone)
    made = (
        f"{made_at} ({desk.timezone.key}), by {account.admin} of {account.site}, with doorctl {version('doorctl')}."
    )
    return page(report, made=made)


def _write_html(file: BinaryIO, desk: Desk, report: Report) -> None:
    file.write(html_page(desk, report).encode())


_WRITERS = {ReportFormat.CSV: _write_csv, ReportFormat.HTML: _write_html}


def _no_formula(cell: Cell) -> Cell:
    """Keep a spreadsheet from running a name: OWASP, CSV injection."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA_STARTS else cell
