"""A policy as a snapshot: all rows, table by table, packed into chunks that each fit into one packet.

A chunk is zlib data of one msgpack array of two: the name of a table, and its columns. It has rows of one table, at
least one. The tables come in the order of ``ROW_TYPES``, the rows of each in the order of their primary key, the
columns in the order of the row's fields. A column is an array with a value for each row, as SQLite holds it: a choice
as its text, yes and no as 1 and 0, a list as its JSON; credential keys are one string of 32 bytes for
each row. Columns rather than rows: like beside like is smaller, and little is done for each row in Python.
"""

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

import msgspec

from doorctl.errors import Refused
from doorctl.policy.digest import digest_of_all
from doorctl.policy.row_sql import IN_KEY_ORDER, SELECT
from doorctl.policy.rows import ROW_TYPES, Row

MAX_CHUNK_BYTES = 59 * 1024
"""With its signed note a chunk stays below the largest note, and in one packet between link and keeper."""
MAX_PACKED_BYTES = 512 * 1024
"""What a chunk may unpack to; a keeper needs memory for a few of these."""

_FIRST_ROWS = 512
_AIM_BYTES = MAX_CHUNK_BYTES * 95 // 100
_KEY_BYTES = 32
_LEVEL = 6
_PAIR = b"\x92"
_FIXARRAY = 0x90

Column = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one table, in the order of their primary key; ``columns`` are for SQLite, ``rows`` checked."""

    row_type: type[Row]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def digest(self) -> int:
        """The share of these rows in the digest of all."""
        return digest_of_all(self.rows)


def chunks_of(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Pack all rows that this connection sees; the caller holds one read transaction until the last chunk."""
    for row_type in ROW_TYPES:
        cursor = connection.execute(f"{SELECT[row_type]} {IN_KEY_ORDER[row_type]}")
        count = _FIRST_ROWS
        while rows := cursor.fetchmany(count):
            packed, used = 0, 0
            for chunk, size in _packed(row_type, rows):
                yield chunk
                packed, used = packed + size, used + len(chunk)
            count = _rows_for_next(len(rows), packed=packed, used=used)


def rows_in(data: bytes) -> Piece:
    """Unpack a chunk. Raises Refused ``bad-chunk`` for whatever is not one."""
    try:
        table, packed = _outer.decode(_unpack(data))
        row_type = _TYPES[table]
        columns = _columns_in(row_type, packed)
        make: Callable[..., Row] = row_type
        rows = tuple(map(make, *_as_fields(row_type, columns)))
    except (zlib.error, msgspec.DecodeError, ValueError, KeyError, RecursionError) as error:
        raise Refused("bad-chunk", str(error)) from error
    return Piece(row_type, columns, rows)


def _packed(row_type: type[Row], rows: Sequence[Sequence[object]]) -> Iterator[tuple[bytes, int]]:
    """Pack rows into one chunk, or into several where one would be too large; with the sizes before compression."""
    chunk, size = _pack(row_type, rows)
    if len(rows) > 1 and (len(chunk) > MAX_CHUNK_BYTES or size > MAX_PACKED_BYTES):
        middle = len(rows) // 2
        yield from _packed(row_type, rows[:middle])
        yield from _packed(row_type, rows[middle:])
    else:
        yield chunk, size


def _pack(row_type: type[Row], rows: Sequence[Sequence[object]]) -> tuple[bytes, int]:
    """Compress each column with a code of its own; filtered, because names of random digits repeat by chance only."""
    packer = zlib.compressobj(_LEVEL, strategy=zlib.Z_FILTERED)
    forms = _FORMS[row_type]
    pieces = [_PAIR, _encode(row_type.table), bytes([_FIXARRAY | len(forms)])]
    pieces += [_encode(form.join(column)) for form, column in zip(forms, zip(*rows, strict=True), strict=True)]
    chunk = b"".join(packer.compress(piece) + packer.flush(zlib.Z_BLOCK) for piece in pieces) + packer.flush()
    return chunk, sum(map(len, pieces))


def _rows_for_next(rows: int, *, packed: int, used: int) -> int:
    """Return how many rows, if they are like these, fill the next chunk."""
    return max(1, min(rows * _AIM_BYTES // used, rows * MAX_PACKED_BYTES // (packed + rows)))


def _unpack(data: bytes) -> bytes:
    if len(data) > MAX_CHUNK_BYTES:
        raise ValueError(f"{len(data)} bytes; a chunk has at most {MAX_CHUNK_BYTES}")
    unpacker = zlib.decompressobj()
    packed = unpacker.decompress(data, MAX_PACKED_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it is cut off, has something after its end, or unpacks to too much")
    return packed


def _columns_in(row_type: type[Row], packed: msgspec.Raw) -> tuple[Column, ...]:
    joined = _decoders[row_type].decode(packed)
    columns = tuple(form.split(column) for form, column in zip(_FORMS[row_type], joined, strict=True))
    if len({len(column) for column in columns}) != 1 or not columns[0]:
        raise ValueError("its columns differ in length, or it has no rows")
    return columns


def _as_fields(row_type: type[Row], columns: Sequence[Column]) -> Iterator[Column]:
    """Give the columns as a row's fields want them."""
    for form, column in zip(_FORMS[row_type], columns, strict=True):
        yield column if form.field is None else [form.field(value) for value in column]


def _as_it_is(column: Any) -> Any:  # noqa: ANN401
    return column


def _split_keys(joined: bytes) -> list[bytes]:
    if len(joined) % _KEY_BYTES:
        raise ValueError("a credential key is cut off")
    return [joined[start : start + _KEY_BYTES] for start in range(0, len(joined), _KEY_BYTES)]


@dataclass(frozen=True, slots=True)
class _Form:
    """How the values of one field travel as a column: its type, how it is joined and split, and made a field."""

    wire: Any
    join: Callable[[Any], Any] = _as_it_is
    split: Callable[[Any], Column] = _as_it_is
    field: Callable[[Any], Any] | None = None


def _form_of(kind: Any) -> _Form:  # noqa: ANN401
    core = next((get_origin(each) or each for each in (*get_args(kind), kind)), kind)
    if core is tuple:
        return _Form(list[str], field=msgspec.json.Decoder(kind).decode)
    if core in _SPECIAL_FORMS:
        return _SPECIAL_FORMS[core]
    if isinstance(core, type) and issubclass(core, StrEnum):
        return _Form(list[Literal[tuple(str(word) for word in core)]])  # type: ignore[misc]  # made at run time
    return _Form(list[kind])


_SPECIAL_FORMS: dict[Any, _Form] = {
    bytes: _Form(bytes, b"".join, _split_keys),
    bool: _Form(list[Literal[0, 1]], field=bool),
}


_encode = msgspec.msgpack.Encoder().encode
_outer = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_TYPES: dict[str, type[Row]] = {row_type.table: row_type for row_type in ROW_TYPES}
_FORMS: dict[type[Row], list[_Form]] = {
    row_type: [_form_of(field.type) for field in msgspec.structs.fields(row_type)] for row_type in ROW_TYPES
}
_decoders: dict[type[Row], msgspec.msgpack.Decoder[tuple[Any, ...]]] = {
    row_type: msgspec.msgpack.Decoder(tuple[*(form.wire for form in forms)])  # type: ignore[misc]  # made at run time
    for row_type, forms in _FORMS.items()
}
