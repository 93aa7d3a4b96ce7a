"""Export files: rows in one of several forms, which appear under their name only when they are complete."""

import csv
import importlib
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import msgspec

from doorctl.cli.evidence.record_text import Row, Value, column_names
from doorctl.cli.output import printable
from doorctl.durable import sync_folder
from doorctl.errors import DoorctlError, WrongUse

WriteRows = Callable[[Iterable[Row]], None]
NewWriter = Callable[[BinaryIO, tuple[str, ...]], AbstractContextManager[WriteRows]]

STANDARD_OUTPUT = "-"
_FORMULA_STARTS = frozenset("=+-@\t\r")
_MAY_BE_FORMULA = re.compile(r',"?[=+@\t\r-]')
"""In a line of CSV; its first column is a number. What only looks so is looked at more closely."""


class ExportFailed(DoorctlError):
    """The file could not be written."""


@contextmanager
def _csv_writer(file: BinaryIO, columns: tuple[str, ...]) -> Iterator[WriteRows]:
    """RFC 4180. The last column is a leaf: long, and full of quotes, so it is not given to ``csv``."""

    def write(rows: Iterable[Row]) -> None:
        held = list(rows)
        lines = _csv_lines(row[:-1] for row in held)
        if _MAY_BE_FORMULA.search("\n".join(lines)):
            lines = _csv_lines(_no_formulas(row[:-1]) for row in held)
        ends = (f'{line},"{_no_formula(row[-1])}"\r\n' for line, row in zip(lines, held, strict=True))
        file.write("".join(ends).encode())

    file.write(f"{','.join(columns)}\r\n".encode())
    yield write


class _Lines(list[str]):
    """What ``csv`` takes for a file."""

    write = list[str].append


def _csv_lines(rows: Iterable[Row]) -> list[str]:
    lines = _Lines()
    csv.writer(lines, lineterminator="").writerows(rows)
    return lines


@contextmanager
def _jsonl_writer(file: BinaryIO, columns: tuple[str, ...]) -> Iterator[WriteRows]:
    encode = msgspec.json.Encoder().encode

    def write(rows: Iterable[Row]) -> None:
        lines = (encode(dict(zip(columns, row, strict=True))).decode() for row in rows)
        file.writelines(f"{printable(line)}\n".encode() for line in lines)

    yield write


def _of_extra(module: str) -> NewWriter:
    """Return the writer of a form whose library may be missing; it is looked for when the form is asked for."""

    def new_writer(file: BinaryIO, columns: tuple[str, ...]) -> AbstractContextManager[WriteRows]:
        made: AbstractContextManager[WriteRows] = _load(module).new_writer(file, columns)
        return made

    return new_writer


def _load(module: str) -> ModuleType:
    return importlib.import_module(f"doorctl.cli.evidence.{module}")


_EXTRA = {"parquet": "export_parquet", "xlsx": "export_xlsx"}
FORMATS: Mapping[str, NewWriter] = {
    "csv": _csv_writer,
    "jsonl": _jsonl_writer,
    **{form: _of_extra(module) for form, module in _EXTRA.items()},
}


def check_form(form: str, out: Path) -> None:
    """Refuse a form that cannot be written here. Raises WrongUse."""
    if form not in _EXTRA:
        return
    if str(out) == STANDARD_OUTPUT:
        raise WrongUse(f"{form} is no text for standard output: name a file with --out")
    try:
        _load(_EXTRA[form])
    except ModuleNotFoundError as error:
        raise WrongUse(f"--format {form} needs {error.name}: pip install 'doorctl[export]', or take csv") from error


@contextmanager
def open_export(out: Path, form: str, *, with_names: bool) -> Iterator[WriteRows]:
    """Yield what writes rows; ``-`` is standard output. Raises ExportFailed."""
    columns = column_names(with_names=with_names)
    if str(out) == STANDARD_OUTPUT:
        sys.stdout.flush()
        with FORMATS[form](sys.stdout.buffer, columns) as write:
            yield write
        return
    with open_aside(out) as file, FORMATS[form](file, columns) as write:
        yield write


@contextmanager
def open_aside(out: Path) -> Iterator[BinaryIO]:
    """Yield a file without a name, which takes this one when it is complete and on disk. Raises ExportFailed.

    Where the file system knows no such files it has a name of its own meanwhile.
    """
    folder = out.absolute().parent
    aside = folder / f".{out.name}.{secrets.token_hex(4)}"
    try:
        with os.fdopen(_new_file(folder, aside), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            _name(file, aside)
        aside.replace(out)
        sync_folder(folder)
    except OSError as error:
        raise ExportFailed(f"cannot write {out}: {error.strerror}; choose another --out") from error
    finally:
        if folder.is_dir():
            aside.unlink(missing_ok=True)


def _new_file(folder: Path, aside: Path) -> int:
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    except (IsADirectoryError, NotImplementedError, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        return os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)


def _name(file: BinaryIO, aside: Path) -> None:
    if aside.exists():
        return
    folder = os.open(aside.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:  # with a folder's descriptor Python calls linkat, which alone follows the link in /proc
        os.link(f"/proc/self/fd/{file.fileno()}", aside, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _no_formulas(row: Row) -> Row:
    """Keep a spreadsheet from running a name: OWASP, CSV injection."""
    return tuple([f"'{it}" if isinstance(it, str) and it[:1] in _FORMULA_STARTS else it for it in row])


def _no_formula(leaf: Value) -> str:
    """Return a leaf with its quotes doubled; JSON may begin with blanks, and those with a formula's."""
    text = str(leaf).replace('"', '""')
    return text if text[:1] == "{" else f"'{text}"
