"""Exports as Parquet, by pyarrow: a row group for each so many rows, so that memory stays flat."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow
from pyarrow import parquet

from doorctl.cli.evidence.record_text import Row

ROWS_AT_ONCE = 16_384
_NUMBERS = frozenset({"position", "log_epoch", "seq", "policy_epoch", "policy_revision", "of", "mono_ms"})
_FRACTIONS = frozenset({"policy_age_seconds"})


@contextmanager
def new_writer(file: BinaryIO, columns: tuple[str, ...]) -> Iterator["_Groups"]:
    """Yield what writes rows into this file."""
    schema = pyarrow.schema([(name, _type_of(name)) for name in columns])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        groups = _Groups(writer, schema)
        yield groups
        groups.finish()


class _Groups:
    """Collects rows until they make up a row group."""

    def __init__(self, writer: Any, schema: Any) -> None:  # noqa: ANN401 - pyarrow has no types
        self._writer, self._schema = writer, schema
        self._rows: list[Row] = []

    def __call__(self, rows: Iterable[Row]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= ROWS_AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Write what is left."""
        if self._rows:
            fields = zip(zip(*self._rows, strict=True), self._schema, strict=True)
            arrays = [pyarrow.array(values, field.type) for values, field in fields]
            self._writer.write_batch(pyarrow.record_batch(arrays, schema=self._schema))
            self._rows.clear()


def _type_of(column: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    if column in _NUMBERS:
        return pyarrow.int64()
    return pyarrow.float64() if column in _FRACTIONS else pyarrow.string()
