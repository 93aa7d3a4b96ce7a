"""The SQL of each type of row: its table, columns and key stand in the row itself, and nowhere else."""

from collections.abc import Iterable, Mapping

from doorctl.policy.rows import ROW_TYPES, Row


def matching(columns: Iterable[str]) -> str:
    """Write the condition that these columns have given values, one parameter for each."""
    return " AND ".join(f'"{column}" = ?' for column in columns)


def _list_of(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _select(row_type: type[Row]) -> str:
    return f"SELECT {_list_of(row_type.__struct_fields__)} FROM {row_type.table}"  # noqa: S608 - our own names


def _insert(row_type: type[Row]) -> str:
    fields = row_type.__struct_fields__
    marks = ", ".join("?" for _ in fields)
    return f"INSERT INTO {row_type.table} ({_list_of(fields)}) VALUES ({marks})"  # noqa: S608 - our own names


def _upsert(row_type: type[Row]) -> str:
    key, fields = row_type.primary_key, row_type.__struct_fields__
    others = ", ".join(f'"{field}" = excluded."{field}"' for field in fields if field not in key)
    action = f"UPDATE SET {others}" if others else "NOTHING"
    return f"{_insert(row_type)} ON CONFLICT ({_list_of(key)}) DO {action}"


def _delete(row_type: type[Row]) -> str:
    return f"DELETE FROM {row_type.table} WHERE {matching(row_type.primary_key)}"  # noqa: S608 - our own names


SELECT: Mapping[type[object], str] = {row_type: _select(row_type) for row_type in ROW_TYPES}
"""All rows; a condition may follow."""
IN_KEY_ORDER: Mapping[type[object], str] = {
    row_type: f"ORDER BY {_list_of(row_type.primary_key)}" for row_type in ROW_TYPES
}
INSERT: Mapping[type[object], str] = {row_type: _insert(row_type) for row_type in ROW_TYPES}
UPSERT: Mapping[type[object], str] = {row_type: _upsert(row_type) for row_type in ROW_TYPES}
"""A row in place of one with the same key."""
DELETE: Mapping[type[object], str] = {row_type: _delete(row_type) for row_type in ROW_TYPES}
"""The row with a key."""
