"""Export files: CSV or JSON lines, which appear under their name only when they are complete."""

import csv
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from doorctl.cli.output import to_json
from doorctl.cli.record_text import Columns, column_names
from doorctl.errors import DoorctlError

WriteRow = Callable[[Columns], None]
NewWriter = Callable[[TextIO, tuple[str, ...]], WriteRow]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ExportFailed(DoorctlError):
    """The file could not be written."""


def _csv_writer(file: TextIO, columns: tuple[str, ...]) -> WriteRow:
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    return lambda row: writer.writerow({column: _no_formula(value) for column, value in row.items()})


def _jsonl_writer(file: TextIO, _columns: tuple[str, ...]) -> WriteRow:
    return lambda row: _ignore(file.write(to_json(row) + "\n"))


FORMATS: Mapping[str, NewWriter] = {"csv": _csv_writer, "jsonl": _jsonl_writer}


@contextmanager
def open_export(out: Path, new_writer: NewWriter, *, with_names: bool) -> Iterator[WriteRow]:
    """Yield what writes a row; ``-`` is standard output. Raises ExportFailed."""
    columns = column_names(with_names=with_names)
    if str(out) == "-":
        yield new_writer(sys.stdout, columns)
        return
    aside = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("x", encoding="utf-8", newline="") as file:
            aside.chmod(0o600)
            yield new_writer(file, columns)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(out)
    except OSError as error:
        raise ExportFailed(f"cannot write {out}: {error.strerror}; choose another --out") from error
    finally:
        aside.unlink(missing_ok=True)


def _no_formula(value: object) -> object:
    """Keep a spreadsheet from running a name: OWASP, CSV injection."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _ignore(_written: int) -> None:
    return None
