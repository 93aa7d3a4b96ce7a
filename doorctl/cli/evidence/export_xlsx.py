"""Exports as a workbook, by xlsxwriter: row by row, on as many sheets as it takes; nothing in it is a formula."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import xlsxwriter

from doorctl.cli.evidence.record_text import Row

SHEET_ROWS = 1_048_576
"""What a sheet holds, with its heading."""
CELL_CHARACTERS = 32_767
_TOO_LONG = "(longer than a cell holds: export csv or jsonl)"


@contextmanager
def new_writer(file: BinaryIO, columns: tuple[str, ...], *, sheet_rows: int = SHEET_ROWS) -> Iterator["_Sheets"]:
    """Yield what writes rows into this file."""
    with (
        TemporaryDirectory() as folder,
        xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder}) as workbook,
    ):
        yield _Sheets(workbook, columns, sheet_rows)


class _Sheets:
    """Writes rows, and begins another sheet when one is full."""

    def __init__(self, workbook: Any, columns: tuple[str, ...], sheet_rows: int) -> None:  # noqa: ANN401 - no types
        self._workbook, self._columns, self._sheet_rows = workbook, columns, sheet_rows
        self._begin()

    def __call__(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if self._filled == self._sheet_rows:
                self._begin()
            self._write(row)

    def _begin(self) -> None:
        self._sheet, self._filled = self._workbook.add_worksheet(), 0
        self._write(self._columns)

    def _write(self, row: Row) -> None:
        for column, value in enumerate(row):
            if isinstance(value, str):
                self._sheet.write_string(self._filled, column, value if len(value) <= CELL_CHARACTERS else _TOO_LONG)
            elif value is not None:
                self._sheet.write_number(self._filled, column, value)
        self._filled += 1
